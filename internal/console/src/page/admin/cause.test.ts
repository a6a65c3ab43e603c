import { expect, test } from "vitest";
import { searchFor } from "./cause";

const group = (message: string, pattern: string) => ({ code: "CODE_ERROR", pattern, sample: { message } });

test.each([
  ["The zebra 7 left the Zoo", "the zebra # left the zoo", "left the zoo"],
  ['No column "Größe" in the sheet', "no column … in the sheet", "in the sheet"],
  ["Two\nlines are\none pattern", "two lines are one pattern", "CODE_ERROR"], // the text has no such line
  ["404", "#", "CODE_ERROR"],
])("the failures like %j are found by %j as %j", (message, pattern, text) => expect(searchFor(group(message, pattern))).toBe(text));

test("a text is never longer than the API takes", () => {
  const long = "x".repeat(300);
  expect(searchFor(group(long, long))).toHaveLength(200);
});
