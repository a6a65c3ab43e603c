import { expect, test } from "vitest";
import { fine, open, useBrowser } from "./browser";
import { Caller, chain, code, get, newTenant, node, platform, until, upstream } from "./platform";

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

test("an operator raises a tenant's limit, and what waited runs", async () => {
  const tenant = await newTenant("Waiting", "FREE");
  const id = await tenant.create(chain("Long", get("Hold", upstream("hold/limit"))));
  const [first, second] = [await tenant.run(id), await tenant.run(id)];
  const status = async (job: string) => (await tenant.call<{ status: string }>("GET", `/api/jobs/${job}/status`)).status;
  await until(async () => ((await status(first)) === "running" ? true : null));
  expect(await status(second), "one at a time on the FREE plan").toBe("queued");

  const tab = await open(browser(), operator(), "/admin/tenants");
  const { page } = tab;
  await page.getByRole("row").filter({ hasText: tenant.id }).getByRole("button", { name: "Change" }).click();
  await page.getByRole("dialog").getByLabel("Concurrent runs").fill("2");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await until(async () => ((await status(second)) === "running" ? true : null));
  await fetch(upstream("release/limit"));
  expect([await tenant.ended(first), await tenant.ended(second)]).toEqual(["completed", "completed"]);
  await fine(tab);
});

test("an operator kills a run that does not end", async () => {
  const tenant = await newTenant("Runaway");
  const id = await tenant.create(chain("For ever", get("Hold", upstream("hold/kill")), node("After", "n8n-nodes-base.noOp", 1)));
  const run = await tenant.run(id);
  const tab = await open(browser(), operator(), `/admin/executions?tenant=${tenant.id}`);
  const { page } = tab;
  await page.getByRole("row").filter({ hasText: short(run) }).getByRole("button", { name: "Cancel", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel", exact: true }).click();
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
