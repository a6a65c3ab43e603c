import { expect, test } from "vitest";
import { strokes } from "../../ui/lines";
import { linesOf, shortLabel, unitForm } from "./dashboard";

type Widget = Parameters<typeof linesOf>[0];

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();

const widget = (stat: string, figures: Record<string, number[]>): Widget => ({
  title: "Failures by code",
  stat,
  periodSeconds: 60,
  stacked: false,
  series: Object.entries(figures).map(([label, values]) => ({ label, namespace: "N", metric: "m", dimension: "d", value: label, points: values.map((value, i) => ({ at: at(i), value })) })),
});

test("many lines are cut to what can be told apart, the largest first", () => {
  const figures = { a: [1], b: [9, 1], c: [0], d: [3], e: [4], f: [5], g: [6], h: [2, 2] };
  const lines = linesOf(widget("Sum", figures));
  expect(lines.map((l) => l.label)).toEqual(["b", "g", "f", "e", "h", "2 others"]);
  expect(lines[5]!.points).toEqual([{ at: Date.parse(at(0)), value: 4 }]);
  expect(linesOf(widget("p95", figures)).at(-1)!.points[0]!.value, "durations are not summed up").toBe(3);
});

test("lines that a widget names stay, also at zero", () => {
  expect(linesOf(widget("Maximum", { FREE: [0], PRO: [], ENTERPRISE: [0] })).map((l) => l.label)).toEqual(["FREE", "PRO", "ENTERPRISE"]);
});

test("a line has a gap where a period has no figure", () => {
  const same = (n: number) => n;
  expect(strokes([0, 1, 4].map((at) => ({ at, value: 2 })), 1, same, same)).toBe("M0.0 2.0L1.0 2.0M4.0 2.0");
});

test("figures are written in the unit of their title", () => {
  expect([unitForm("Queue age (s)")(90), unitForm("Duration (ms)")(250), unitForm("Cost (USD)")(0.5), unitForm("Share (%)")(12.4), unitForm("Runs")(3)]).toEqual(["1 min 30 s", "250 ms", "$0.5000", "12 %", "3"]);
});

test("names lose what all have", () => {
  expect([shortLabel("automatelanka-dev-AdmitFunction-1AB2C"), shortLabel("local-NodeAiFunction"), shortLabel("n8n-nodes-base.set"), shortLabel("TIMEOUT")]).toEqual(["Admit", "NodeAi", "set", "TIMEOUT"]);
});
