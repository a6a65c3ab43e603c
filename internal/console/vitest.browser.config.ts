import { defineConfig } from "vitest/config";

// The console in a real browser, before a real platform; infra/tool/browser.sh runs it.
export default defineConfig({
  test: {
    include: ["e2e/**/*.browser.ts"],
    globalSetup: "e2e/setup.ts",
    // One platform and one Chromium serve all files. Two files run side by side, which
    // keeps two cores busy; what the files import is loaded once for each of them.
    maxWorkers: 2,
    isolate: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
