import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { limitFields } from "../../api/limit";
import { wrongLimit } from "./limits";

test("what the platform would refuse is said before it is sent", () => {
  for (const { key } of limitFields) {
    expect(wrongLimit(key, "7"), key).toBeNull();
    for (const bad of ["", "x", "1.5", "1e3", "-2", "99999999999999999999"]) expect(wrongLimit(key, bad), `${key} ${bad}`).not.toBeNull();
  }
  expect(wrongLimit("maxConcurrent", "500")).toBeNull();
  expect(wrongLimit("maxConcurrent", "501")).toMatch(/500/);
  expect(wrongLimit("aiTokens", "-1")).toBeNull();
  expect(wrongLimit("monthlyPriceUsd", "-1")).not.toBeNull();
  expect(wrongLimit("requestsPerMinute", "0")).not.toBeNull();
});

test("each limit of a plan can be changed", () => {
  const source = readFileSync(new URL("../../../../tenant/plan.go", import.meta.url), "utf8");
  const body = /type Limits struct \{(.*?)\n\}/s.exec(source)![1]!;
  expect(limitFields.map((f) => f.key as string).sort()).toEqual([...body.matchAll(/json:"(\w+)"/g)].map((m) => m[1]!).sort());
});
