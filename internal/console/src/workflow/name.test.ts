import { expect, test } from "vitest";
import { freeName } from "./name";

test("a name that is taken gets the next number", () => {
  expect(freeName("Report", new Set())).toBe("Report");
  expect(freeName("Report", new Set(["Report", "Report 2"]))).toBe("Report 3");
});
