import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { beforeAll, expect, inject, onTestFailed } from "vitest";
import { platform, until } from "./platform";

const screenshots = resolve(import.meta.dirname, "../../../build/screenshots");

let connected: Promise<Browser> | undefined;

/** useBrowser is the browser that all tests share; each test opens contexts of its own. */
export function useBrowser(): () => Browser {
  let browser: Browser;
  beforeAll(async () => {
    browser = await (connected ??= chromium.connect(inject("browser")));
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
  const tab = await blank(browser, options);
  await tab.page.goto(`${platform().url}${path}#key=${key}`);
  await tab.page.locator("nav[aria-label=Pages]").waitFor({ state: "attached" });
  return tab;
}

/** visit goes to a path as a stranger does. */
export async function visit(browser: Browser, path: string, options: BrowserContextOptions = {}): Promise<Tab> {
  const tab = await blank(browser, options);
  await tab.page.goto(platform().url + path);
  return tab;
}

/** blank is a tab whose complaints are noted. Nothing moves by itself in it: colours that are on their way to others are no page's colours. */
async function blank(browser: Browser, options: BrowserContextOptions): Promise<Tab> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, timezoneId: "Asia/Colombo", reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  watch(page);
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() !== "error" && !message.text().includes("Content Security Policy")) return;
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

/** What a page has asked for, and how much of it is not answered yet. */
const asked = new WeakMap<Page, { all: number; open: number }>();

function watch(page: Page) {
  const count = { all: 0, open: 0 };
  asked.set(page, count);
  page.on("request", () => (count.all++, count.open++));
  page.on("requestfinished", () => count.open--);
  page.on("requestfailed", () => count.open--);
}

/** settled waits until the page has drawn all that it asked for, and asks for no more. */
export async function settled(page: Page) {
  const count = asked.get(page)!;
  await until(async () => {
    const before = count.all;
    const loading = await page.evaluate(
      () => new Promise<boolean>((drawn) => requestAnimationFrame(() => setTimeout(() => drawn(document.querySelector(".skeleton") !== null)))),
    );
    return !loading && count.open <= 0 && count.all === before ? true : null;
  });
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  id: string;
  impact: string | null;
  help: string;
  nodes: { target: unknown[]; failureSummary?: string }[];
}

/** What axe judges by colours alone: all that another theme can change. */
const byColour = { type: "rule", values: ["color-contrast", "link-in-text-block"] };

/** accessible has axe look at the page; it may find nothing serious. */
export async function accessible(page: Page, where: string) {
  expect(await barriers(page, where)).toEqual([]);
}

/** barriers are what axe finds serious, in words. */
export async function barriers(page: Page, where: string, only?: "colours"): Promise<string[]> {
  // The policy allows no inline script; the tool is put in by the browser's own means.
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe);
  const found = await page.evaluate(
    async (runOnly) => {
      const axe = (globalThis as unknown as { axe: { run: (o: object) => Promise<{ violations: Violation[] }> } }).axe;
      return (await axe.run({ runOnly, resultTypes: ["violations"] })).violations;
    },
    only ? byColour : ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
  );
  const serious = found.filter((v) => v.impact === "serious" || v.impact === "critical");
  return serious.map((v) => `${where}: ${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => `${n.target.join(" ")} ${n.failureSummary ?? ""}`).join("; ")}`);
}

export const themes = ["light", "dark"] as const;

/** picture takes a picture of the page, for people, if they asked for pictures: SCREENSHOTS=1. */
export async function picture(page: Page, name: string) {
  if (process.env.SCREENSHOTS) await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true, animations: "disabled" });
}

/**
 * themed shows the page in a theme, and waits until it is drawn in it: the page is told
 * of the change after this call, and axe must not look at half of it.
 */
async function themed(page: Page, theme: (typeof themes)[number]) {
  await page.emulateMedia({ colorScheme: theme });
  await until(async () => {
    const is = await page.evaluate(
      () => new Promise<string | undefined>((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(document.documentElement.dataset.theme)))),
    );
    return (is ?? theme) === theme ? true : null; // pages that workflows serve ask the system alone
  });
}

/**
 * inThemes shows the page in each theme, as it was loaded once, and takes a picture if
 * pictures are wanted. What axe and the window's width find wrong is returned in words.
 */
export async function inThemes(page: Page, where: string, name: (theme: string) => string): Promise<string[]> {
  const wrong: string[] = [];
  for (const theme of themes) {
    await themed(page, theme);
    await picture(page, name(theme));
    wrong.push(...(await barriers(page, `${where}, ${theme}`, theme === "light" ? undefined : "colours")));
  }
  const [wide, high] = await page.evaluate(() => {
    const [whole, content] = [document.documentElement, document.querySelector("#content")];
    // In the console only its content scrolls; below it there is nothing.
    return [Math.max(whole.scrollWidth - whole.clientWidth, content ? content.scrollWidth - content.clientWidth : 0), content ? whole.scrollHeight - whole.clientHeight : 0];
  });
  if (wide > 0) wrong.push(`${where} scrolls sideways by ${wide} px`);
  if (high > 0) wrong.push(`${where} scrolls ${high} px below its end`);
  return wrong;
}
