import { type ComponentType, lazy, type LazyExoticComponent } from "react";
import { adminPages } from "./page/admin";
import type { IconName } from "./ui/icon";

/** Page is one route. Its code is loaded when it is first opened. */
export interface Page {
  path: string;
  title: string;
  view: LazyExoticComponent<ComponentType>;
  /** Where it stands in the navigation; pages without are reached from others. */
  nav?: { icon: IconName; group?: string };
  /** Pages of operators; all others are a tenant's. */
  operator?: boolean;
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
  ...adminPages,
];
