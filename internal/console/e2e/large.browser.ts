import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { fine, open, useBrowser } from "./browser";
import { chain, code, newTenant, node, platform } from "./platform";

// Times and frames are printed, not judged: they say more about the machine than
// about the console. What is judged is what they depend on: how much is drawn.
const browser = useBrowser();

/** elements is how much the page holds. */
const elements = (page: Page) => page.evaluate(() => document.querySelectorAll("*").length);

/** frames are the times between the frames that the browser draws while something is done, in ms. */
async function frames(page: Page, what: string, act: () => Promise<void>) {
  await page.evaluate(() => {
    const seen: number[] = [];
    const next = (at: number) => {
      seen.push(at);
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
    Object.assign(globalThis, { framesSeen: seen });
  });
  await act();
  const seen = await page.evaluate(() => (globalThis as unknown as { framesSeen: number[] }).framesSeen);
  const gaps = seen.slice(1).map((at, i) => at - seen[i]!).sort((a, b) => a - b);
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  console.log(`${what}: ${gaps.length} frames, ${(1000 / mean).toFixed(0)} a second, half of them within ${gaps[gaps.length >> 1]!.toFixed(1)} ms, 95 of 100 within ${gaps[Math.floor(gaps.length * 0.95)]!.toFixed(1)} ms`);
}

test("a graph of 200 nodes pans and zooms", async () => {
  const tenant = await newTenant("Large graph");
  const wide = chain("Two hundred", ...Array.from({ length: 199 }, (_, i) => node(`Step ${i}`, "n8n-nodes-base.noOp", 1)));
  wide.nodes = wide.nodes.map((n, i) => ({ ...n, position: [(i % 20) * 220, Math.floor(i / 20) * 180] }));
  const id = await tenant.create(wide);
  const tab = await open(browser(), tenant.key, `/workflows/${id}`);
  const { page } = tab;
  await page.locator(".step").nth(199).waitFor({ state: "attached" });
  const before = await elements(page);
  expect(before).toBeLessThan(5_000);
  const box = (await page.locator(".react-flow__pane").boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + 40];
  const seat = page.locator(".react-flow__viewport");
  const start = await seat.getAttribute("style");
  await frames(page, "200 nodes, zoom and pan", async () => {
    await page.mouse.move(x, y);
    for (let i = 0; i < 40; i++) await page.mouse.wheel(0, i < 20 ? -120 : 120);
    await page.mouse.down();
    for (let i = 0; i < 60; i++) await page.mouse.move(x + 6 * (i % 30), y + 4 * (i % 30));
    await page.mouse.up();
  });
  expect(await seat.getAttribute("style"), "the graph has moved").not.toBe(start);
  expect(await elements(page), "nothing is left behind").toBeLessThan(before + 200);
  await fine(tab);
});

test("a list of 10,000 executions scrolls", async () => {
  const tenant = await newTenant("Long list");
  const workflow = await tenant.create(chain("Often"));
  const all = 10_000;
  const tab = await open(browser(), tenant.key);
  const { page } = tab;
  // The rows are made here, many to a page: what is looked at is the list, not the
  // platform, nor how long a hundred fetches take.
  const pageSize = 1_000;
  await page.route("**/api/executions?*", (route) => {
    const query = new URL(route.request().url()).searchParams;
    const from = Number(query.get("cursor") ?? 0);
    const to = Math.min(from + pageSize, all);
    const items = Array.from({ length: to - from }, (_, i) => ({
      id: `exe_${String(from + i).padStart(26, "0")}`, workflowId: workflow, version: 1, status: "completed", trigger: "api", triggeredBy: "key", generation: 1,
      progress: { completed: 1, total: 1, percent: 100 }, queuedAt: new Date(Date.now() - (from + i) * 1000).toISOString(),
      startedAt: new Date(Date.now() - (from + i) * 1000).toISOString(), durationMs: 5, tokens: 0, costUsd: 0,
    }));
    return route.fulfill({ json: { items, nextCursor: to < all ? String(to) : null } });
  });
  await page.goto(`${platform().url}/executions`);
  const table = page.getByRole("table", { name: "Executions" });
  await table.getByRole("row").nth(5).waitFor();
  let most = 0;
  await frames(page, "10,000 executions, to the end and back", async () => {
    for (let loaded = 0; loaded < all; ) {
      [loaded, most] = await table.evaluate(
        (t, [before, most]) =>
          new Promise<[number, number]>((done) => {
            t.scrollTop = t.scrollHeight;
            const look = () => {
              const rows = Number(t.getAttribute("aria-rowcount")) - 1;
              const now = Math.max(most!, t.querySelectorAll("[role=row]").length);
              if (rows > before!) done([rows, now]);
              else requestAnimationFrame(look);
            };
            look();
          }),
        [loaded, most],
      );
    }
    await table.evaluate((t) => (t.scrollTop = 0));
    await table.locator("[aria-rowindex='2']").waitFor();
    await table.evaluate((t) => (t.scrollTop = t.scrollHeight));
    await table.locator(`[aria-rowindex='${all + 1}']`).waitFor();
  });
  expect(most, "rows drawn at one time").toBeLessThan(80);
  expect(await elements(page)).toBeLessThan(2_500);
  await fine(tab);
});

test("a node with 10,000 items opens", async () => {
  const tenant = await newTenant("Many items");
  const make = code("Make", "return Array.from({ length: 10000 }, (_, i) => ({ json: { id: i, name: 'Customer ' + i, email: 'customer' + i + '@example.com', paid: i % 3 === 0, total: i * 1.5 } }))");
  const run = await tenant.run(await tenant.create(chain("Customers", make)));
  expect(await tenant.ended(run)).toBe("completed");
  const tab = await open(browser(), tenant.key, `/executions/${run}`);
  const { page } = tab;
  const step = page.locator(".step.is-completed", { hasText: "Make" });
  await step.waitFor();
  const began = Date.now();
  await step.locator(".glyph").click();
  const panel = page.getByRole("complementary", { name: "Run of Make" });
  await panel.getByText("Customer 3", { exact: true }).waitFor();
  console.log(`a node with 10,000 items: shown ${Date.now() - began} ms after the click`);
  await panel.getByText("10,000 items").waitFor();
  expect(await panel.getByRole("row").count(), "rows drawn").toBeLessThan(80);
  expect(await elements(page)).toBeLessThan(3_000);
  await fine(tab);
});
