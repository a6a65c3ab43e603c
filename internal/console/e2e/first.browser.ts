import { expect, test } from "vitest";
import { fine, open, settled, useBrowser } from "./browser";
import { platform } from "./platform";

const browser = useBrowser();

/** What the home page may load of script, compressed. */
const mostScript = 300 * 1024;

test("the first page is light, and soon there", async () => {
  const tab = await open(browser(), platform().keys["dev-pro"]!);
  const { page } = tab;
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  await settled(page);
  const { scripts, paint } = await page.evaluate(() => ({
    scripts: (performance.getEntriesByType("resource") as PerformanceResourceTiming[])
      .filter((r) => r.name.endsWith(".js"))
      .map((r) => ({ name: r.name, bytes: r.encodedBodySize, whole: r.decodedBodySize })),
    paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
  }));
  const bytes = scripts.reduce((sum, s) => sum + s.bytes, 0);
  console.log(`the first page: ${(bytes / 1024).toFixed(0)} KB of script in ${scripts.length} files, first content after ${paint?.toFixed(0)} ms`);
  expect(scripts.length).toBeGreaterThan(0);
  expect(bytes).toBeLessThan(mostScript);
  for (const s of scripts) expect(s.bytes, `${s.name} comes compressed`).toBeLessThan(s.whole);
  await fine(tab);
});

test("what was loaded once is not loaded again", async () => {
  const tab = await open(browser(), platform().keys["dev-pro"]!);
  const { page } = tab;
  await settled(page);
  await page.reload();
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  const fetched = await page.evaluate(() =>
    (performance.getEntriesByType("resource") as PerformanceResourceTiming[]).filter((r) => r.name.includes("/assets/") && r.transferSize > 0).map((r) => r.name),
  );
  expect(fetched).toEqual([]);
  await fine(tab);
});

test("it can be used by keyboard alone", async () => {
  const tab = await open(browser(), platform().keys["dev-pro"]!);
  const { page } = tab;
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to content");
  for (let i = 0; i < 12 && !(await page.evaluate(() => document.activeElement?.getAttribute("href") === "/workflows")); i++) await page.keyboard.press("Tab");
  const outline = await page.evaluate(() => {
    const style = getComputedStyle(document.activeElement!);
    return style.outlineStyle !== "none" || style.boxShadow !== "none";
  });
  expect(outline, "the focus is seen").toBe(true);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/workflows$/);
  await page.getByRole("button", { name: "Import" }).first().focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await fine(tab);
});
