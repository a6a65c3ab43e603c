import { beforeAll, expect, test } from "vitest";
import { fine, inThemes, open, settled, useBrowser, visit } from "./browser";
import { Caller, platform } from "./platform";
import { type Estate, newEstate, tenantPages, tour, widths } from "./tour";

const browser = useBrowser();

let estate: Estate;

beforeAll(async () => {
  estate = await newEstate("Pages of the console");
});

test.each(widths)("every page of a tenant, %i wide", (width) => tour(browser(), { who: "tenant", key: estate.tenant.key, shown: tenantPages, places: estate.places, width }), 180_000);

test("signing in, seen light and dark", async () => {
  const tab = await visit(browser(), "/");
  const { page } = tab;
  await page.getByRole("textbox").or(page.locator("input")).first().waitFor();
  await settled(page);
  for (const width of widths) {
    await page.setViewportSize({ width, height: 800 });
    expect(await inThemes(page, `sign-in, ${width}`, (theme) => `sign-in-${theme}-${width}`)).toEqual([]);
  }
  await fine(tab);
});

test("what a key may not see is not shown, and refused", async () => {
  const made = await estate.tenant.call<{ apiKey: string }>("POST", "/api/keys", { name: "reader", role: "viewer" });
  const tab = await open(browser(), made.apiKey, estate.places["/workflows/:id"]![0]!);
  const { page } = tab;
  await page.getByText("Welcome mail").first().waitFor();
  await settled(page);
  expect(await page.getByRole("button", { name: /^(Run|Activate|Save|Delete)/ }).and(page.locator(":enabled")).count()).toBe(0);
  await expect(new Caller(made.apiKey).run(estate.places["/workflows/:id"]![0]!.split("/")[2]!)).rejects.toThrow("403");
  await page.goto(`${platform().url}/admin/tenants`);
  await page.getByText("No such page").waitFor();
  await fine(tab);
});
