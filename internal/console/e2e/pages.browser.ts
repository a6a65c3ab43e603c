import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { Page } from "../src/page";
import { accessible, barriers, fine, open, screenshots, useBrowser } from "./browser";
import { Caller, chain, code, get, newTenant, platform, set, upstream } from "./platform";

// The modules of the console expect a browser around them.
vi.stubGlobal("location", { origin: "http://console.invalid" });
const { pages } = (await import("../src/page")) as { pages: Page[] };

const browser = useBrowser();

let tenant: Awaited<ReturnType<typeof newTenant>>;
/** Where the pages with a parameter are opened; "" fills none. */
const places: Record<string, string[]> = {};

beforeAll(async () => {
  mkdirSync(screenshots, { recursive: true });
  tenant = await newTenant("Pages of the console");
  const good = await tenant.create(chain("Welcome mail", set("Greet", { text: "=Hello {{ $json.name }}" }), code("Shout", "return items")));
  const bad = await tenant.create(chain("Nightly report", get("Fetch", upstream("fail/pages?text=The+report+is+missing")), set("After", { a: "1" })));
  await tenant.create(chain("Empty on purpose"));
  const runs = [await tenant.run(good, { input: [{ name: "Ada" }, { name: "Grace" }] }), await tenant.run(bad), await tenant.run(good)];
  for (const run of runs) await tenant.ended(run);
  await tenant.call("POST", "/api/schedules", { workflowId: good, cron: "0 8 * * 1", name: "Monday mornings" });
  await tenant.call("POST", "/api/members", { email: "grace@example.com", role: "editor" });
  const [template] = (await tenant.call<{ items: { id: string }[] }>("GET", "/api/templates?limit=1")).items;
  places["/workflows/:id"] = [`/workflows/${good}`];
  places["/executions/:id"] = [`/executions/${runs[0]}`, `/executions/${runs[1]}`];
  places["/templates/:id"] = [`/templates/${template!.id}`];
  places["/admin/tenants/:id"] = [`/admin/tenants/${tenant.id}`];
  places["/admin/executions/:id"] = [`/admin/executions/${runs[1]}`];
});

const views = (["light", "dark"] as const).flatMap((theme) => [1280, 380].map((width) => ({ theme, width })));

describe.each(views)("$theme, $width wide", ({ theme, width }) => {
  test.each([
    { who: "tenant", key: () => tenant.key, shown: pages.filter((p) => !p.operator) },
    { who: "operator", key: () => platform().keys.operator!, shown: pages.filter((p) => p.operator) },
  ])("every page of the $who", async ({ who, key, shown }) => {
    if (shown.length === 0) return;
    const tab = await open(browser(), key(), "/", { colorScheme: theme, viewport: { width, height: 800 } });
    const { page } = tab;
    const wrong: string[] = [];
    for (const { path, title } of shown) {
      const at = path.includes(":") ? places[path] : [path];
      expect(at, `pages.browser.ts must say where ${path} is opened`).toBeDefined();
      for (const [i, place] of at!.entries()) {
        await page.goto(platform().url + place);
        await page.waitForFunction((t) => document.title.startsWith(t), title);
        await page.waitForLoadState("networkidle");
        await page.locator(".skeleton").first().waitFor({ state: "detached" });
        const name = `${who}${path.replace(/[/:]+/g, "-")}${i || ""}-${theme}-${width}.png`.replace("--", "-");
        await page.screenshot({ path: join(screenshots, name), fullPage: true, animations: "disabled" });
        const over = await page.evaluate(() => 
          Math.max(...[document.documentElement, document.querySelector("#content")!].map((e) => e.scrollWidth - e.clientWidth)),
        );
        if (over > 0) wrong.push(`${place} scrolls sideways by ${over} px`);
        wrong.push(...(await barriers(page, place)));
      }
    }
    expect(wrong).toEqual([]);
    await fine(tab);
  }, 180_000);
});

test("signing in, seen light and dark", async () => {
  for (const { theme, width } of views) {
    const context = await browser().newContext({ colorScheme: theme, viewport: { width, height: 800 } });
    const page = await context.newPage();
    await page.goto(platform().url);
    await page.getByRole("textbox").or(page.locator("input")).first().waitFor();
    await page.screenshot({ path: join(screenshots, `sign-in-${theme}-${width}.png`), animations: "disabled" });
    await accessible(page, `sign-in, ${theme}, ${width}`);
    await context.close();
  }
});

test("what a key may not see is not shown, and refused", async () => {
  const made = await tenant.call<{ apiKey: string }>("POST", "/api/keys", { name: "reader", role: "viewer" });
  const tab = await open(browser(), made.apiKey, places["/workflows/:id"]![0]!);
  const { page } = tab;
  await page.getByText("Welcome mail").first().waitFor();
  await page.waitForLoadState("networkidle");
  expect(await page.getByRole("button", { name: /^(Run|Activate|Save|Delete)/ }).and(page.locator(":enabled")).count()).toBe(0);
  await expect(new Caller(made.apiKey).run(places["/workflows/:id"]![0]!.split("/")[2]!)).rejects.toThrow("403");
  await page.goto(`${platform().url}/admin/tenants`);
  await page.getByText("No such page").waitFor();
  await fine(tab);
});
