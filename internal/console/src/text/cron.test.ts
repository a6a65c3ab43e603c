import { expect, test } from "vitest";
import { cronWords } from "./cron";

test.each([
  ["cron(0 8 ? * 2 *)", "Monday at 08:00"],
  ["cron(30 17 ? * 2,6 *)", "Monday, Friday at 17:30"],
  ["cron(0 9 ? * 2-6 *)", "Monday to Friday at 09:00"],
  ["cron(0 0 * * ? *)", "Every day at 00:00"],
  ["cron(15 6 1 * ? *)", "Day 1 of each month at 06:15"],
  ["cron(5 * * * ? *)", "Every hour, at minute 5"],
  ["cron(0,15,30,45 * * * ? *)", "Every 15 minutes"],
  ["cron(* * * * ? *)", "Every minute"],
])("%s is %s", (expression, words) => expect(cronWords(expression)).toBe(words));

test.each(["cron(0 8 ? 1,7 2 *)", "cron(0 8-10 ? * 2 *)", "cron(0,7,21 * * * ? *)", "cron(0 8 ? * 9 *)", "cron(0 8 L * ? *)", "cron(0 8 ? * 2#1 *)", "rate(5 minutes)", ""])("%s has no words that are clearer", (expression) =>
  expect(cronWords(expression)).toBeNull(),
);
