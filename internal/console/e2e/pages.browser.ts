import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { fine, inThemes, open, settled, useBrowser, visit } from "./browser";
import { Caller, platform } from "./platform";
import { type Estate, newEstate, tenantPages, tour, widths } from "./tour";

const browser = useBrowser();

let estate: Estate;

beforeAll(async () => {
  estate = await newEstate("Pages of the console");
});

test("every page of a tenant, wide and narrow, light and dark", () => tour(browser(), { who: "tenant", key: estate.tenant.key, shown: tenantPages, places: estate.places }), 180_000);

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

/** broken lets the API refuse all but who calls. */
async function broken(page: Page, status: number) {
  await page.route(/\/api\/(?!caller)/, (route) => route.fulfill({ status, contentType: "application/problem+json", body: JSON.stringify({ status, code: "INTERNAL", detail: "The disk is on fire." }) }));
}

test("every page that cannot be loaded says why, and what is in sight stays when it cannot be refreshed", async () => {
  const tab = await open(browser(), estate.tenant.key, "/nowhere"); // a page that asks for nothing
  const { page } = tab;
  await settled(page);
  await broken(page, 400); // what is refused is not tried again by itself, which would take its time
  for (const { path, title } of tenantPages) {
    // As a link goes there: that each page opens by its address is seen above.
    await page.evaluate((to) => history.pushState(null, "", to), path.includes(":") ? estate.places[path]![0]! : path);
    await page.waitForFunction((t) => document.title.startsWith(t), title);
    await page.getByRole("alert").filter({ hasText: "The disk is on fire." }).first().waitFor();
    expect(await page.locator(".skeleton").count(), `${path} waits for nothing more`).toBe(0);
  }
  expect(await inThemes(page, "a page that failed", (theme) => `failed-${theme}-1280`)).toEqual([]);
  await page.unrouteAll();
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("grace@example.com").waitFor();

  await page.goto(`${platform().url}/executions`);
  const row = page.getByRole("row").filter({ hasText: "Nightly report" }).first();
  await row.waitFor();
  await page.getByText("live", { exact: true }).waitFor();
  await broken(page, 503);
  await estate.tenant.run(estate.places["/workflows/:id"]![0]!.split("/")[2]!); // the list is told, and asks
  await page.getByText("The platform does not answer").waitFor();
  expect(await row.isVisible(), "the list stays").toBe(true);
  expect(await inThemes(page, "a page that gets old", (theme) => `old-${theme}-1280`)).toEqual([]);
  await page.unrouteAll();
  await page.getByRole("button", { name: "Try now" }).click();
  await page.getByText("The platform does not answer").waitFor({ state: "detached" });

  await page.route(/\/api\//, (route) => route.fulfill({ status: 401, contentType: "application/problem+json", body: JSON.stringify({ status: 401, code: "UNAUTHENTICATED", detail: "The key was ended." }) }));
  await page.goto(`${platform().url}/executions`);
  await page.getByText("no longer holds").waitFor();
  tab.faults.length = 0; // the browser tells of each refusal
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
