import { lazy } from "react";
import type { Page } from "../../route";

const group = "Platform";

/** adminPages are the operators' pages: a line each, their views in this folder. */
export const adminPages: Page[] = [
  { operator: true, path: "/admin/health", title: "Health", nav: { icon: "globe", group }, view: lazy(() => import("./health")) },
  { operator: true, path: "/admin/executions", title: "All executions", nav: { icon: "runs", group }, view: lazy(() => import("./executions")) },
  { operator: true, path: "/admin/executions/:id", title: "Execution of a tenant", view: lazy(() => import("./execution")) },
  { operator: true, path: "/admin/errors", title: "Errors", nav: { icon: "warn", group }, view: lazy(() => import("./errors")) },
  { operator: true, path: "/admin/tenants", title: "Tenants", nav: { icon: "people", group }, view: lazy(() => import("./tenants")) },
  { operator: true, path: "/admin/tenants/:id", title: "Tenant", view: lazy(() => import("./tenant")) },
  { operator: true, path: "/admin/plans", title: "Plans", nav: { icon: "settings", group }, view: lazy(() => import("./plans")) },
  { operator: true, path: "/admin/costs", title: "AI cost", nav: { icon: "usage", group }, view: lazy(() => import("./costs")) },
  { operator: true, path: "/admin/queues", title: "Queues", nav: { icon: "table", group }, view: lazy(() => import("./queues")) },
  { operator: true, path: "/admin/audit", title: "Audit", nav: { icon: "shield", group }, view: lazy(() => import("./audit")) },
];
