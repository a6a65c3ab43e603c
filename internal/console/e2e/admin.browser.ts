import { expect, test } from "vitest";
import { accessible, fine, inThemes, open, settled, useBrowser } from "./browser";
import { Caller, chain, code, get, newTenant, node, platform, set, until, upstream } from "./platform";

const browser = useBrowser();

const operator = () => platform().keys.operator!;

/** The list shows the end of a run's id. */
const short = (run: string) => run.slice(-10);

test("an operator finds a failure by its text, and resumes it", async () => {
  const tenant = await newTenant("Failing");
  const mark = `the printer on floor ${Date.now()} is on fire`;
  const id = await tenant.create(chain("Print", code("Report", `if (!globalThis.mended) throw new Error(${JSON.stringify(mark)}); return items`)));
  const other = await tenant.create(chain("Other", code("Report", "throw new Error('of no interest here')")));
  const run = await tenant.run(id);
  const noise = await tenant.run(other);
  expect([await tenant.ended(run), await tenant.ended(noise)]).toEqual(["failed", "failed"]);

  const tab = await open(browser(), operator(), "/admin/executions");
  const { page } = tab;
  await page.getByLabel("Error text or code").fill(mark.slice(4, 30));
  const row = page.getByRole("row").filter({ hasText: short(run) });
  await row.waitFor();
  await page.getByRole("row").filter({ hasText: short(noise) }).waitFor({ state: "detached" });
  expect(await row.textContent()).toContain(mark.slice(0, 20));
  await row.getByRole("button", { name: "Resume" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Resume" }).click();
  // It goes on, and fails again: nobody mended the printer.
  await until(async () => {
    const now = await tenant.call<{ generation: number; status: string }>("GET", `/api/executions/${run}`);
    return now.generation > 1 && now.status === "failed" ? now : null;
  });
  await fine(tab);
});

test("an operator opens a tenant's run, sees why it failed, and brings it to its end; what was read is on record", async () => {
  const tenant = await newTenant("Looked at");
  const send = node("Send", "n8n-nodes-base.httpRequest", 4.2, { method: "POST", url: upstream("drop/looked"), options: {} });
  const id = await tenant.create(chain("Send the order", set("Prepare", { order: "A-17" }), send, node("Done", "n8n-nodes-base.noOp", 1)));
  const run = await tenant.run(id);
  expect(await tenant.ended(run)).toBe("failed");

  const tab = await open(browser(), operator(), `/admin/executions?tenant=${tenant.id}`);
  const { page } = tab;
  const step = (name: string, state: string) => page.locator(`.step.is-${state}`, { has: page.getByText(name, { exact: true }) });
  await page.getByRole("row").filter({ hasText: short(run) }).getByRole("link").click();
  await page.waitForURL(`**/admin/executions/${run}?tenant=${tenant.id}`);
  await page.getByRole("heading", { level: 1, name: "Send the order" }).waitFor();
  await step("Prepare", "completed").waitFor();
  await step("Send", "failed").waitFor();
  await page.getByRole("heading", { name: "It is not known whether this call arrived" }).waitFor();
  await page.getByRole("table", { name: "Timeline" }).getByText("Prepare").waitFor();
  await step("Prepare", "completed").locator(".glyph").click();
  await page.getByRole("complementary", { name: "Run of Prepare" }).getByText("A-17").waitFor();
  expect(await page.getByRole("button", { name: "Retry from here" }).count()).toBe(0);
  await settled(page);
  expect(await inThemes(page, "a tenant's run", (theme) => `operator-run-${theme}-1280`)).toEqual([]);

  await page.getByRole("button", { name: "Retry" }).click();
  await page.getByRole("dialog").getByText("may change something again").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Not now" }).click();

  await fetch(upstream("mend/looked"));
  await page.getByRole("button", { name: "Resume" }).click();
  expect(await page.getByRole("dialog").getByRole("button", { name: "Resume" }).isEnabled(), "before the decision").toBe(false);
  await page.getByRole("dialog").getByLabel("Repeat the call").check();
  await page.getByRole("dialog").getByRole("button", { name: "Resume" }).click();
  await step("Done", "completed").waitFor();
  await fine(tab);
  const { items } = await new Caller(operator()).call<{ items: { action: string; after?: { read?: string } }[] }>("GET", `/api/admin/audit?tenant=${tenant.id}`);
  expect(items.map((a) => [a.action, a.after?.read ?? ""].join(" ").trim())).toEqual(expect.arrayContaining(["execution.read workflow", "execution.read items", "execution.resume"]));
});

test("an operator raises a tenant's limit where it stands, and what waited runs", async () => {
  const tenant = await newTenant("Waiting", "FREE");
  const id = await tenant.create(chain("Long", get("Hold", upstream("hold/limit"))));
  // Which of them comes first is not promised: queues keep no order.
  const runs = [await tenant.run(id), await tenant.run(id)];
  const statuses = () => Promise.all(runs.map(async (job) => (await tenant.call<{ status: string }>("GET", `/api/jobs/${job}/status`)).status));
  await until(async () => ((await statuses()).includes("running") ? true : null));
  expect((await statuses()).sort(), "one at a time on the FREE plan").toEqual(["queued", "running"]);

  const tab = await open(browser(), operator(), "/admin/tenants");
  const { page } = tab;
  await page.getByLabel("Search by name or ID").fill(tenant.id);
  await page.getByRole("row").filter({ hasText: tenant.id }).getByRole("button", { name: "Limits" }).click();
  const limits = page.getByRole("list", { name: "Limits of Waiting" });
  const shown = limits.getByRole("button", { name: "Concurrent runs:" });
  const field = limits.getByRole("textbox", { name: "Concurrent runs" });
  await shown.click();
  await field.fill("many");
  await field.press("Enter");
  await limits.getByText("Write a whole number.").waitFor();
  await accessible(page, "a wrong limit");
  await field.press("Escape");
  expect(await shown.textContent()).toContain("1");
  await shown.press("Enter"); // the focus has come back: it goes on by keyboard
  await field.fill("2");
  await field.press("Enter");
  await until(async () => ((await statuses()).every((s) => s === "running") ? true : null));
  await fetch(upstream("release/limit"));
  expect([await tenant.ended(runs[0]!), await tenant.ended(runs[1]!)]).toEqual(["completed", "completed"]);
  expect(await shown.textContent()).toContain("2");
  await limits.getByRole("button", { name: "Take back: Concurrent runs" }).click();
  await limits.getByRole("button", { name: "Take back" }).waitFor({ state: "detached" });
  await fine(tab);
});

test("what an operator changes is shown at once, and as it was when it is refused; the audit shows who did it", async () => {
  const tenant = await newTenant("In place");
  const tab = await open(browser(), operator(), `/admin/tenants/${tenant.id}`);
  const { page } = tab;
  const zone = page.getByRole("button", { name: "Time zone:" });
  const before = await zone.textContent();
  let refuse = () => undefined as void;
  await page.route(`**/api/admin/tenants/${tenant.id}`, async (route) => {
    if (route.request().method() === "PUT") await new Promise<void>((go) => (refuse = go));
    await route.continue();
  });
  await zone.click();
  await page.getByRole("textbox", { name: "Time zone" }).fill("Mars/Olympus");
  await page.getByRole("textbox", { name: "Time zone" }).press("Enter");
  await page.getByRole("button", { name: "Time zone: Mars/Olympus" }).waitFor(); // the platform has not answered yet
  refuse();
  await page.getByRole("alert").filter({ hasText: "Not saved: must be an IANA time zone" }).waitFor();
  expect(await zone.textContent()).toBe(before);
  await page.unrouteAll();
  await page.getByRole("combobox", { name: "Plan of In place" }).selectOption("ENTERPRISE");
  await page.getByText("as ENTERPRISE").first().waitFor();
  await page.getByRole("region", { name: "What was done" }).getByText("Tenant changed").waitFor();
  const { items } = await new Caller(operator()).call<{ items: { action: string; role: string; after: { plan: string } }[] }>("GET", `/api/admin/audit?tenant=${tenant.id}`);
  expect(items.filter((a) => a.action === "tenant.changed").map((a) => [a.role, a.after.plan])).toEqual([["operator", "ENTERPRISE"]]);
  tab.faults.length = 0; // the browser tells of the refusal
  await fine(tab);
});

test("an operator kills a run that does not end", async () => {
  const tenant = await newTenant("Runaway");
  const id = await tenant.create(chain("For ever", get("Hold", upstream("hold/kill")), node("After", "n8n-nodes-base.noOp", 1)));
  const run = await tenant.run(id);
  const tab = await open(browser(), operator(), `/admin/executions?tenant=${tenant.id}`);
  const { page } = tab;
  await page.getByRole("row").filter({ hasText: short(run) }).getByRole("button", { name: "Cancel", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel the run" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await fetch(upstream("release/kill"));
  expect(await tenant.ended(run)).toBe("cancelled");
  await fine(tab);
});

test("what operators see, tenants do not", async () => {
  const tenant = await newTenant("Curious");
  const tab = await open(browser(), tenant.key, "/admin/tenants");
  await tab.page.getByText("No such page").waitFor();
  await expect(new Caller(tenant.key).call("GET", "/api/admin/tenants")).rejects.toThrow("403");
  await fine(tab);
});
