import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { changedFields, shownFields } from "../page/credentials/fields";
import { daysOf, monthsBack } from "../page/usage/period";
import { niceTop } from "./chart";
import { brief, rowsOf } from "./json-rows";

const root = new URL("..", import.meta.url).pathname;

test("nothing is ever put into the page as markup, and no other host is named", () => {
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((f) => /\.(ts|tsx|css)$/.test(f) && !f.endsWith(".test.ts") && !f.endsWith("schema.d.ts"));
  expect(files.length).toBeGreaterThan(50);
  for (const file of files) {
    const text = readFileSync(root + file, "utf8");
    expect(text, file).not.toMatch(/dangerouslySetInnerHTML|\.innerHTML|\.outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/);
    expect(text.replace("http://www.w3.org/2000/svg", ""), file).not.toMatch(/https?:\/\/(?!host\/)[a-z]/);
  }
});

test("a tree lists what is open alone", () => {
  const value = { a: [1, 2], b: {}, c: "x" };
  expect(rowsOf(value, () => false)).toHaveLength(1);
  expect(rowsOf(value, (path) => path === "").map((r) => [r.name, r.open])).toEqual([[null, true], ["a", false], ["b", null], ["c", null]]);
  expect(rowsOf(value, () => true)).toHaveLength(6);
});

test("long texts and large objects are told in brief", () => {
  expect(brief("x".repeat(1000)).text.length).toBeLessThan(410);
  expect(brief({ a: 1, b: 2, c: 3, d: 4, e: 5 }).text).toBe("{ a, b, c, d, … }");
  expect(brief(null)).toEqual({ text: "null", kind: "word" });
});

test("an axis ends at a round number", () => {
  expect([0, 0.0007, 3, 26, 99].map(niceTop)).toEqual([1, 0.001, 5, 50, 100]);
});

test("months and their days are counted in UTC", () => {
  expect(monthsBack(new Date("2026-01-31T23:30:00Z"), 3)).toEqual(["2026-01", "2025-12", "2025-11"]);
  expect(daysOf("2028-02")).toHaveLength(29);
  expect(daysOf("2026-11")[29]).toBe("2026-11-30");
});

test("a credential's fields show by conditions, and only what was typed is sent", () => {
  const fields = [
    { name: "mode", label: "", type: "options" as const, secret: false, required: false },
    { name: "port", label: "", type: "number" as const, secret: false, required: false },
    { name: "token", label: "", type: "string" as const, secret: true, required: true, show: { mode: ["token"] } },
  ];
  expect(shownFields(fields, { mode: "password" }).map((f) => f.name)).toEqual(["mode", "port"]);
  expect(shownFields(fields, { mode: "token" })).toHaveLength(3);
  expect(changedFields(fields, { port: "80" })).toEqual({ port: 80 });
});
