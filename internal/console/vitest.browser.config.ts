import { defineConfig } from "vitest/config";

// The console in a real browser, before a real platform; infra/tool/browser.sh runs it.
export default defineConfig({
  test: {
    include: ["e2e/**/*.browser.ts"],
    globalSetup: "e2e/setup.ts",
    // One browser after the other: the machine is small, and figures are taken.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
