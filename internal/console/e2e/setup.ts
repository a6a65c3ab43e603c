import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";
import type { TestProject } from "vitest/node";
import { type Platform } from "./platform";
import { startUpstream } from "./upstream";

declare module "vitest" {
  export interface ProvidedContext {
    platform: Platform;
    browser: string; // where the one Chromium is that all tests share
  }
}

const root = resolve(import.meta.dirname, "../../..");

/** The platform's program, as infra/tool/browser.sh builds it. */
const program = process.env.PLATFORM_PROGRAM ?? join(root, "build/automatelanka");

const places = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** setup starts Chromium, the platform and what its workflows call, for all tests together. */
export default async function setup(project: TestProject) {
  mkdirSync(join(root, "build/screenshots"), { recursive: true });
  const [stopBrowser, stopPlatform] = await Promise.all([startBrowser(project), startPlatform(project)]);
  return async () => {
    await Promise.all([stopBrowser(), stopPlatform()]);
  };
}

async function startBrowser(project: TestProject): Promise<() => Promise<void>> {
  const executablePath = places.find((p) => p && existsSync(p));
  if (!executablePath) throw new Error("Chromium is missing: apt-get install chromium, or name it in CHROMIUM");
  const server = await chromium.launchServer({
    executablePath,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"],
  });
  project.provide("browser", server.wsEndpoint());
  return () => server.close();
}

async function startPlatform(project: TestProject): Promise<() => Promise<void>> {
  const upstream = await startUpstream();
  const folder = mkdtempSync(join(tmpdir(), "automatelanka-browser-"));
  const info = join(folder, "dev.json");
  const child = spawn(
    program,
    ["--addr", "127.0.0.1:0", "--data", ":memory:", "--info", info, "--quiet", "--allow-host", upstream.address],
    { cwd: root, stdio: ["ignore", "pipe", "inherit"] },
  );
  const ready = await readyLine(child);
  const written = JSON.parse(readFileSync(info, "utf8")) as { tenants: Record<string, { apiKey: string }>; operator: { apiKey: string } };
  const keys = Object.fromEntries(Object.entries(written.tenants).map(([name, t]) => [name, t.apiKey]));
  project.provide("platform", { url: ready, keys: { ...keys, operator: written.operator.apiKey }, upstream: upstream.address });
  return async () => {
    child.kill("SIGTERM");
    await new Promise((done) => child.once("exit", done));
    upstream.close();
    rmSync(folder, { recursive: true, force: true });
  };
}

/** readyLine waits for the platform's address. */
function readyLine(child: ChildProcess): Promise<string> {
  return new Promise((done, fail) => {
    let text = "";
    child.stdout?.on("data", (part: Buffer) => {
      text += part.toString();
      const url = /^ready (\S+)$/m.exec(text)?.[1];
      if (url) done(url);
    });
    child.once("error", fail);
    child.once("exit", (code) => fail(new Error(`the platform ended with ${code} before it was ready`)));
  });
}
