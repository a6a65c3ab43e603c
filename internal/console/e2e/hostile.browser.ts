import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { fine, open, settled, useBrowser } from "./browser";
import { chain, code, get, newTenant, platform, set, upstream } from "./platform";

const browser = useBrowser();

// Each would call out loud if it were taken for more than text.
const script = `"><script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)>`;
const link = "javascript:alert(4)";

test("hostile names, items, errors and logs are shown as text", async () => {
  const tenant = await newTenant(`Tenant ${script}`);
  const nodeName = `Node ${script}`;
  const good = await tenant.create(chain(`Flow ${script}`, set(nodeName, { field: script, link, [`key ${script}`]: link }), code("Log", `console.log(${JSON.stringify(script)}); return items`)));
  const bad = await tenant.create(chain("Bad", get(`Fetch ${script}`, upstream(`fail/hostile?text=${encodeURIComponent(script)}`))));
  const runs = [await tenant.run(good), await tenant.run(bad)];
  expect([await tenant.ended(runs[0]!), await tenant.ended(runs[1]!)]).toEqual(["completed", "failed"]);

  const tab = await open(browser(), tenant.key, `/workflows/${good}`);
  const { page } = tab;
  await page.locator(".step").getByText(nodeName, { exact: true }).waitFor();
  await page.goto(`${platform().url}/executions/${runs[0]}`);
  await page.locator(".step", { hasText: nodeName }).locator(".glyph").click();
  await page.getByRole("complementary", { name: `Run of ${nodeName}` }).getByText(script).first().waitFor();
  await page.goto(`${platform().url}/executions/${runs[1]}`);
  await page.getByText(script).first().waitFor();
  for (const path of ["/", "/workflows", "/executions", "/usage"]) {
    await page.goto(platform().url + path);
    await settled(page);
  }
  await page.getByText(`Tenant ${script}`).first().waitFor({ state: "attached" });
  expect(await injected(page)).toBe(0);
  await fine(tab);

  // What operators see of it all is the same text.
  const office = await open(browser(), platform().keys.operator!, `/admin/executions/${runs[1]}?tenant=${tenant.id}`);
  await office.page.getByText(script).first().waitFor();
  for (const path of [`/admin/executions?tenant=${tenant.id}`, "/admin/errors", "/admin/tenants", `/admin/tenants/${tenant.id}`, `/admin/audit?tenant=${tenant.id}`]) {
    await office.page.goto(platform().url + path);
    await office.page.getByText(script).first().waitFor();
    expect(await injected(office.page), path).toBe(0);
  }
  await fine(office);
});

/** injected counts elements that the hostile texts would have made. */
const injected = (page: Page) => page.evaluate(() => document.querySelectorAll("img[src=x], svg[onload], #root script, a[href^='javascript:']").length);

test("the policy stops what would get in all the same", async () => {
  const tenant = await newTenant("Policy");
  const { page, context, faults } = await open(browser(), tenant.key);
  const ran = await page.evaluate(async () => {
    const div = document.createElement("div");
    div.innerHTML = `<img src="x" onerror="window.inlineRan = true">`;
    document.body.append(div);
    const s = document.createElement("script");
    s.textContent = "window.inlineRan = true";
    document.body.append(s);
    const foreign = await fetch("https://example.com/", { mode: "no-cors" }).then(() => "sent", () => "refused");
    return { inline: "inlineRan" in window, foreign };
  });
  expect(ran).toEqual({ inline: false, foreign: "refused" });
  expect(faults.some((f) => f.includes("Content Security Policy"))).toBe(true);
  await context.close();
});
