import { lazy } from "react";
import { allows, type Role } from "./api/account";
import { adminPages } from "./page/admin";
import type { Page } from "./route";

/** pagesFor are the pages that a role may open. The API refuses the others anyway. */
export function pagesFor(role: Role | undefined): Page[] {
  if (role === undefined) return [];
  return pages.filter((p) => (role === "operator" ? p.operator === true : p.operator !== true && allows(role, p.role ?? "viewer")));
}

/** pages are all routes, in the order of the navigation. */
export const pages: Page[] = [
  { path: "/", title: "Home", nav: { icon: "home" }, view: lazy(() => import("./page/home")) },
  { path: "/workflows", title: "Workflows", nav: { icon: "workflow" }, view: lazy(() => import("./page/workflows")) },
  { path: "/workflows/:id", title: "Workflow", view: lazy(() => import("./page/workflow")) },
  { path: "/executions", title: "Executions", nav: { icon: "runs" }, view: lazy(() => import("./page/executions")) },
  { path: "/executions/:id", title: "Execution", view: lazy(() => import("./page/execution")) },
  { path: "/templates", title: "Templates", nav: { icon: "template" }, view: lazy(() => import("./page/templates")) },
  { path: "/templates/:id", title: "Template", view: lazy(() => import("./page/template")) },
  { path: "/usage", title: "Usage and cost", nav: { icon: "usage" }, view: lazy(() => import("./page/usage")) },
  { path: "/schedules", title: "Schedules", nav: { icon: "clock", group: "Triggers" }, view: lazy(() => import("./page/schedules")) },
  { path: "/webhooks", title: "Webhooks", nav: { icon: "hook", group: "Triggers" }, view: lazy(() => import("./page/webhooks")) },
  { path: "/credentials", title: "Credentials", nav: { icon: "lock", group: "Access" }, role: "editor", view: lazy(() => import("./page/credentials")) },
  { path: "/keys", title: "API keys", nav: { icon: "key", group: "Access" }, role: "owner", view: lazy(() => import("./page/keys")) },
  { path: "/members", title: "Members", nav: { icon: "people", group: "Access" }, view: lazy(() => import("./page/members")) },
  ...adminPages,
];
