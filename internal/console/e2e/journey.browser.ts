import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { accessible, fine, open, settled, useBrowser } from "./browser";
import { Caller, chain, get, newTenant, node, platform, upstream } from "./platform";

const browser = useBrowser();

/** An export of n8n, whose calls go to the tests' own server under a name. */
function exported(name: string): string {
  const text = readFileSync(join(import.meta.dirname, "fixture/order-report.json"), "utf8");
  return text.replaceAll("UPSTREAM", platform().upstream).replaceAll("NAME", name);
}

/** step is a node on the graph, in a state. */
const step = (page: Page, name: string, state: string) => page.locator(`.step.is-${state}`, { has: page.getByText(name, { exact: true }) });

const dialog = (page: Page) => page.getByRole("dialog");

test("an n8n workflow is imported, run, watched, fails, and is resumed to its end", async () => {
  const tenant = await newTenant("Journey");
  const tab = await open(browser(), tenant.key, "/workflows");
  const { page } = tab;
  // Every fetch of the run is noted: what is seen live is not seen by asking often.
  let polls = 0;
  page.on("request", (r) => r.url().includes("/api/executions/") && polls++);

  await page.getByRole("button", { name: "Import" }).first().click();
  await dialog(page).locator("input[type=file]").setInputFiles({ name: "order-report.json", mimeType: "application/json", buffer: Buffer.from(exported("journey")) });
  await dialog(page).getByText("1 workflow imported").waitFor();
  await accessible(page, "the report of the import");
  await dialog(page).getByRole("link", { name: "Order report to the team" }).click();

  await page.getByRole("button", { name: "Run", exact: true }).click();
  await dialog(page).getByRole("button", { name: "Run", exact: true }).click();
  await page.waitForURL(/\/executions\/exe_/);
  const run = page.url().split("/").pop()!;

  await step(page, "Fetch orders", "running").waitFor();
  await page.getByText("live", { exact: true }).waitFor();
  expect(await step(page, "Tell the team", "failed").count()).toBe(0);
  const before = polls;
  await fetch(upstream("release/journey"));
  // Nothing is clicked and nothing reloaded: the page follows the run by itself.
  await step(page, "Fetch orders", "completed").waitFor();
  await step(page, "Write a summary", "completed").waitFor();
  await step(page, "Tell the team", "failed").waitFor();
  expect(polls - before, "fetches while three nodes ran").toBeLessThan(15);
  await page.getByText("The channel is archived").first().waitFor();
  await accessible(page, "a failed run");

  await fetch(upstream("mend/journey"));
  await page.getByRole("button", { name: "Resume", exact: true }).click();
  await dialog(page).getByRole("button", { name: "Resume", exact: true }).click();
  await step(page, "Done", "completed").waitFor();
  await page.getByText("Completed", { exact: true }).first().waitFor();

  // What was done once was not done again: the model was asked once.
  const { nodes } = await tenant.call<{ nodes: { name: string; status: string; costUsd: number }[] }>("GET", `/api/executions/${run}`);
  expect(nodes.filter((n) => n.name === "Write a summary")).toHaveLength(1);
  expect(nodes.find((n) => n.name === "Write a summary")!.costUsd).toBeGreaterThan(0);
  await fine(tab);
});

test("a template is found by what it does, and used", async () => {
  const tenant = await newTenant("Templates");
  const tab = await open(browser(), tenant.key, "/templates");
  const { page } = tab;
  await page.getByRole("searchbox").or(page.getByPlaceholder("answer support mails with AI")).first().fill("send a message to the team chat when an invoice is overdue");
  const [found] = (await tenant.call<{ items: { name: string }[] }>("GET", "/api/templates/search?q=send+a+message+to+the+team+chat+when+an+invoice+is+overdue&limit=1")).items;
  await page.getByRole("link", { name: found!.name, exact: true }).first().click();
  await page.waitForURL(/\/templates\/[^?]+/);
  await page.getByRole("button", { name: "Use this template" }).click();
  await page.waitForURL(/\/workflows\/wf_/);
  await page.getByRole("heading", { name: found!.name }).first().waitFor();
  await page.getByText("to make before it can run").waitFor(); // what it still needs is said where it is run
  await accessible(page, "a workflow that needs credentials");
  const mine = await tenant.call<{ items: { name: string }[] }>("GET", "/api/workflows");
  expect(mine.items.map((w) => w.name)).toContain(found!.name);
  await fine(tab);
});

test("what n8n copied is pasted on the page of workflows", async () => {
  const tenant = await newTenant("Pasted");
  const tab = await open(browser(), tenant.key, "/workflows");
  const { page } = tab;
  await page.getByText("No workflows yet").waitFor();
  const { nodes, connections } = chain("Copied", node("After", "n8n-nodes-base.noOp", 1));
  await page.evaluate((text) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  }, JSON.stringify({ nodes, connections }));
  await dialog(page).getByText("1 workflow imported").waitFor();
  const { items } = await tenant.call<{ items: { name: string; nodes: number }[] }>("GET", "/api/workflows");
  expect(items.map((w) => [w.name, w.nodes])).toEqual([["Pasted workflow", 2]]);
  await fine(tab);
});

test("a run that goes on and on is cancelled", async () => {
  const tenant = await newTenant("Cancel");
  const id = await tenant.create(chain("Long", get("Hold", upstream("hold/cancel")), node("After", "n8n-nodes-base.noOp", 1)));
  const run = await tenant.run(id);
  const tab = await open(browser(), tenant.key, `/executions/${run}`);
  const { page } = tab;
  await step(page, "Hold", "running").waitFor();
  await step(page, "Hold", "running").locator(".glyph").click();
  await page.getByRole("tab", { name: "Details" }).click();
  await page.getByRole("row").filter({ hasText: "Runs for" }).waitFor();
  await page.getByRole("button", { name: "Close panel" }).click();
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await dialog(page).getByRole("button", { name: "Cancel the run" }).click();
  await page.getByText("cancel asked").waitFor();
  await fetch(upstream("release/cancel"));
  await page.getByText("Cancelled", { exact: true }).first().waitFor();
  expect(await step(page, "After", "completed").count()).toBe(0);
  await fine(tab);
});

test("the list of runs follows what happens", async () => {
  const tenant = await newTenant("List");
  const id = await tenant.create(chain("Watched", get("Hold", upstream("hold/list"))));
  const tab = await open(browser(), tenant.key, "/executions");
  const { page } = tab;
  await settled(page);
  const run = await tenant.run(id);
  await page.getByRole("row").getByText("Running").waitFor();
  await fetch(upstream("release/list"));
  await page.getByRole("row").getByText("Completed").waitFor();
  expect(await new Caller(tenant.key).ended(run)).toBe("completed");
  await fine(tab);
});
