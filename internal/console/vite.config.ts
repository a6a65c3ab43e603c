import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const outDir = "dist/site";

// The platform that `vite` and `vite preview` pass the API's requests to.
const platform = process.env.PLATFORM ?? "http://127.0.0.1:8080";
const proxy = Object.fromEntries(
  ["/api", "/hooks", "/healthz", "/console.json"].map((path) => [path, platform]),
);

// precompress writes NAME.gz next to each text file: the function that serves them
// then compresses nothing.
function precompress(): Plugin {
  return {
    name: "precompress",
    apply: "build",
    closeBundle() {
      for (const file of readdirSync(outDir, { recursive: true, encoding: "utf8" })) {
        const path = join(outDir, file);
        if (!/\.(js|css|html|svg|json)$/.test(file) || !statSync(path).isFile()) continue;
        writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), precompress()],
  // No data: addresses in place of files, no polyfill: the Content-Security-Policy
  // allows this origin's files alone.
  build: { outDir, emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false }, target: "es2022", rolldownOptions: { checks: { pluginTimings: false } } },
  server: { proxy: { ...proxy, "/ws": { target: platform, ws: true } } },
  preview: { proxy: { ...proxy, "/ws": { target: platform, ws: true } } },
});
