import { expect, test } from "vitest";
import type { NodeRow } from "../api/execution";
import { outputsOf, scale, sourcesOf, statesOf } from "./state";

const row = (name: string, runIndex: number, status: string, outputItems = 1) => ({ name, runIndex, status, outputItems }) as NodeRow;
const w = {
  nodes: ["A", "B", "C"].map((name) => ({ name, type: "t" })),
  connections: { A: { main: [[], [{ node: "C", type: "main", index: 0 }]] }, B: { main: [[{ node: "C", type: "main", index: 0 }]] } },
};

test("a node's state is that of its last run, with how many there were", () => {
  const states = statesOf([row("A", 0, "completed", 3), row("A", 1, "failed"), row("B", 0, "completed", 7)]);
  expect(states.get("A")).toEqual({ status: "failed", runs: 2, items: null });
  expect(states.get("B")).toEqual({ status: "completed", runs: 1, items: 7 });
});

test("a node's input comes from the outputs that lead to it, of the run that came before", () => {
  expect(sourcesOf(w, [row("A", 0, "completed"), row("A", 1, "completed"), row("B", 0, "failed")], "C", 5)).toEqual([{ node: "A", output: 1, run: 1 }]);
  expect(outputsOf(w, "A", 1)).toBe(2);
  expect(outputsOf(undefined, "A", 0)).toBe(1);
});

test("bars stay within the whole", () => {
  const bar = scale(1000, 2000);
  expect(bar(1000, 1500)).toEqual({ start: 0, width: 0.5 });
  expect(bar(1900, 9000)).toEqual({ start: 0.9, width: 1 - 0.9 });
  expect(scale(5, 5)(5, 5)).toEqual({ start: 0, width: 0 });
});
