import type { Browser } from "playwright-core";
import { expect, vi } from "vitest";
import type { Page } from "../src/route";
import { fine, inThemes, open, settled } from "./browser";
import { chain, code, get, newTenant, platform, set, upstream } from "./platform";

// The modules of the console expect a browser around them.
vi.stubGlobal("location", { origin: "http://console.invalid" });
const { pages } = (await import("../src/page")) as { pages: Page[] };
vi.unstubAllGlobals();

export const tenantPages = pages.filter((p) => !p.operator);
export const operatorPages = pages.filter((p) => p.operator);

/** Estate is a tenant with something to see on each page. */
export interface Estate {
  tenant: Awaited<ReturnType<typeof newTenant>>;
  /** Where the pages with a parameter are opened. */
  places: Record<string, string[]>;
}

/** newEstate makes a tenant with workflows, runs that went well and ill, a schedule and a member. */
export async function newEstate(name: string): Promise<Estate> {
  const tenant = await newTenant(name);
  const good = await tenant.create(chain("Welcome mail", set("Greet", { text: "=Hello {{ $json.name }}" }), code("Shout", "return items")));
  const bad = await tenant.create(chain("Nightly report", get("Fetch", upstream("fail/pages?text=The+report+is+missing")), set("After", { a: "1" })));
  await tenant.create(chain("Empty on purpose"));
  const runs = [await tenant.run(good, { input: [{ name: "Ada" }, { name: "Grace" }] }), await tenant.run(bad), await tenant.run(good)];
  for (const run of runs) await tenant.ended(run);
  await tenant.call("POST", "/api/schedules", { workflowId: good, cron: "0 8 * * 1", name: "Monday mornings" });
  await tenant.call("POST", "/api/members", { email: "grace@example.com", role: "editor" });
  const [template] = (await tenant.call<{ items: { id: string }[] }>("GET", "/api/templates?limit=1")).items;
  const places = {
    "/workflows/:id": [`/workflows/${good}`],
    "/executions/:id": [`/executions/${runs[0]}`, `/executions/${runs[1]}`],
    "/templates/:id": [`/templates/${template!.id}`],
    "/admin/tenants/:id": [`/admin/tenants/${tenant.id}`],
    "/admin/executions/:id": [`/admin/executions/${runs[1]}`],
  };
  return { tenant, places };
}

export const widths = [1280, 380];

interface Tour {
  who: "tenant" | "operator";
  key: string;
  shown: Page[];
  places: Estate["places"];
}

/**
 * tour opens each page by its address and looks at it in both widths and themes. Pages
 * of one thing are opened anew for each width: what they show first depends on it.
 */
export async function tour(browser: Browser, { who, key, shown, places }: Tour) {
  const tab = await open(browser, key);
  const { page } = tab;
  const wrong: string[] = [];
  for (const { path, title } of shown) {
    const at = path.includes(":") ? places[path] : [path];
    expect(at, `tour.ts must say where ${path} is opened`).toBeDefined();
    for (const [i, place] of at!.entries()) {
      const name = `${who}${path.replace(/[/:]+/g, "-")}${i || ""}`.replace(/-$/, "");
      for (const width of widths) {
        await page.setViewportSize({ width, height: 800 });
        await page.emulateMedia({ colorScheme: "light" });
        if (width === widths[0] || path.includes(":")) {
          await page.goto(platform().url + place);
          await page.waitForFunction((t) => document.title.startsWith(t), title);
        }
        await settled(page);
        wrong.push(...(await inThemes(page, `${place}, ${width} wide`, (theme) => `${name}-${theme}-${width}`)));
      }
    }
  }
  expect(wrong).toEqual([]);
  await fine(tab);
}
