import type { ComponentType, LazyExoticComponent } from "react";
import type { IconName } from "./ui/icon";

/** Page is one route. Its code is loaded when it is first opened. */
export interface Page {
  path: string;
  title: string;
  view: LazyExoticComponent<ComponentType>;
  /** Where it stands in the navigation; pages without are reached from others. */
  nav?: { icon: IconName; group?: string };
  /** The role that it takes, of a tenant's page; a viewer's if left out. */
  role?: "editor" | "owner";
  /** Pages of operators; all others are a tenant's. */
  operator?: boolean;
}
