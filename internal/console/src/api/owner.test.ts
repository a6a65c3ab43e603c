import { expect, test } from "vitest";
import { runPage, runPath } from "./owner";

test("members read their own runs, operators those of a tenant", () => {
  expect(runPath(null, "exe_1")).toBe("/api/executions/exe_1");
  expect(runPath(null, "exe_1", "/nodes/A%2FB/output", { run: "0" })).toBe("/api/executions/exe_1/nodes/A%2FB/output?run=0");
  expect(runPath("tnt_1", "exe_1", "/resume", { unknownOutcome: "skip" })).toBe("/api/admin/executions/exe_1/resume?unknownOutcome=skip&tenant=tnt_1");
  expect(runPath("", "exe_1")).toBe("/api/admin/executions/exe_1");
  expect([runPage(null, "exe_1"), runPage("tnt_1", "exe_1"), runPage("", "exe_1")]).toEqual(["/executions/exe_1", "/admin/executions/exe_1?tenant=tnt_1", "/admin/executions/exe_1"]);
});
