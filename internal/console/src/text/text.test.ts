import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { adviceOf, known } from "./advice";
import { bytes, money } from "./number";
import { ago, duration } from "./time";

test("each code of the platform has words for people", () => {
  const source = readFileSync(new URL("../../../fault/fault.go", import.meta.url), "utf8");
  const codes = [...source.matchAll(/^\tCode\w+\s+(?:Code )?= "([A-Z_]+)"/gm)].map((m) => m[1]!);
  expect(codes.length).toBeGreaterThan(20);
  expect(codes.filter((c) => !known.includes(c))).toEqual([]);
});

test("a code that is not known is still readable", () => {
  expect(adviceOf("SOMETHING_NEW").title).toBe("Something new");
});

test("a chat cannot resume, so no advice in it says so", () => {
  for (const code of known) expect(adviceOf(code, "chat").todo).not.toMatch(/resume|retry/i);
  expect(adviceOf("UPSTREAM_ERROR").todo).toMatch(/Then resume the run\.$/);
  expect(adviceOf("UPSTREAM_ERROR", "chat").todo).toMatch(/Then send the message again\.$/);
});

test("an operator is not told to correct a workflow that is not theirs", () => {
  expect(adviceOf("EXPRESSION_ERROR", "operator").todo).toMatch(/That is for the tenant/);
  expect(adviceOf("UPSTREAM_ERROR", "operator").todo).toBe(adviceOf("UPSTREAM_ERROR").todo);
});

test("spans and amounts read well at every size", () => {
  expect([0, 999, 3200, 42_000, 250_000, 7_500_000].map(duration)).toEqual(["0 ms", "999 ms", "3.2 s", "42 s", "4 min 10 s", "2 h 5 min"]);
  expect([0, 0.000016, 0.25, 1234.5].map(money)).toEqual(["$0.00", "$0.000016", "$0.2500", "$1,234.50"]);
  expect([12, 2048, 3 * 1024 * 1024].map(bytes)).toEqual(["12 B", "2.0 KB", "3.0 MB"]);
  expect(ago("2026-01-01T00:00:00Z", Date.parse("2026-01-01T00:03:00Z"))).toMatch(/3 min/);
});
