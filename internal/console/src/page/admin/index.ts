import type { Page } from "../../page";

/** adminPages are the operators' pages: a line each, their views in this folder. */
export const adminPages: Page[] = [];
