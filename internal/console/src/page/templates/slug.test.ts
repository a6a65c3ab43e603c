import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { nameOfSlug } from "./slug";

test("categories are called what the API calls them", () => {
  const source = readFileSync(new URL("../../../../template/category.go", import.meta.url), "utf8");
  const all = [...source.matchAll(/^\t\{"([a-z-]+)", "(.+?)"\},/gm)].map((m) => [m[1]!, m[2]!]);
  expect(all.length).toBeGreaterThan(20);
  expect(all.map(([slug]) => [slug, nameOfSlug(slug!)])).toEqual(all);
});

test("services are written as they write themselves", () => {
  expect(["google-sheets", "openai", "stripe", "hubspot"].map(nameOfSlug)).toEqual(["Google Sheets", "OpenAI", "Stripe", "HubSpot"]);
});
