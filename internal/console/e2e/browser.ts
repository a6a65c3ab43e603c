import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFailed } from "vitest";
import { platform } from "./platform";

export const screenshots = resolve(import.meta.dirname, "../../../build/screenshots");

const places = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** useBrowser opens Chromium for the tests of a file. */
export function useBrowser(): () => Browser {
  let browser: Browser;
  beforeAll(async () => {
    const executablePath = places.find((p) => p && existsSync(p));
    if (!executablePath) throw new Error("Chromium is missing: apt-get install chromium, or name it in CHROMIUM");
    browser = await chromium.launch({
      executablePath,
      args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"],
    });
  });
  afterAll(async () => {
    await browser?.close();
  });
  return () => browser;
}

/** Tab is a page that is signed in, with all that it complained of. */
export interface Tab {
  page: Page;
  context: BrowserContext;
  faults: string[];
}

/** open signs in with a key, as the link of `make dev` does, and goes to a path. */
export async function open(browser: Browser, key: string, path = "/", options: BrowserContextOptions = {}): Promise<Tab> {
  const tab = await blank(browser, key, options);
  await tab.page.goto(`${platform().url}${path}#key=${key}`);
  await tab.page.locator("nav[aria-label=Pages]").waitFor({ state: "attached" });
  return tab;
}

/** visit goes to a path as a stranger does. */
export async function visit(browser: Browser, path: string, options: BrowserContextOptions = {}): Promise<Tab> {
  const tab = await blank(browser, "", options);
  await tab.page.goto(platform().url + path);
  return tab;
}

/** blank is a tab whose complaints are noted. */
async function blank(browser: Browser, key: string, options: BrowserContextOptions): Promise<Tab> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, timezoneId: "Asia/Colombo", ...options });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() !== "error" && !message.text().includes("Content Security Policy")) return;
    // The refusal of the account is how the console learns that a key is an operator's.
    if (key === platform().keys.operator && message.location().url.endsWith("/api/account")) return;
    faults.push(`${message.text()} at ${message.location().url}`);
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("dialog", (dialog) => {
    faults.push(`a dialog says ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol !== "data:" && host !== new URL(platform().url).host) faults.push(`the page asks ${host}`);
  });
  onTestFailed(async ({ task }) => {
    console.log(`${task.name}: at ${page.url()}; the page complained of`, faults);
    await page.screenshot({ path: join(screenshots, `failed ${task.name}.png`) }).catch(() => undefined); // it may be closed
  });
  return { page, context, faults };
}

/** fine closes the tab; nothing may have gone wrong in it. */
export async function fine(tab: Tab) {
  await tab.context.close();
  expect(tab.faults).toEqual([]);
}

const axeSource = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

interface Violation {
  id: string;
  impact: string | null;
  help: string;
  nodes: { target: unknown[]; failureSummary?: string }[];
}

/** accessible has axe look at the page; it may find nothing serious. */
export async function accessible(page: Page, where: string) {
  expect(await barriers(page, where)).toEqual([]);
}

/** barriers are what axe finds serious, in words. */
export async function barriers(page: Page, where: string): Promise<string[]> {
  // The policy allows no inline script; the tool is put in by the browser's own means.
  await page.evaluate(readFileSync(axeSource, "utf8"));
  const found = await page.evaluate(async () => {
    const axe = (globalThis as unknown as { axe: { run: (o: object) => Promise<{ violations: Violation[] }> } }).axe;
    return (await axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], resultTypes: ["violations"] })).violations;
  });
  const serious = found.filter((v) => v.impact === "serious" || v.impact === "critical");
  return serious.map((v) => `${where}: ${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => `${n.target.join(" ")} ${n.failureSummary ?? ""}`).join("; ")}`);
}
