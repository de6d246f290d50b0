/** The console: a Svelte application below /console/, with lazily loaded pages. */
import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

const server = process.env["KLEPET_URL"] ?? "http://127.0.0.1:8420";

export default defineConfig({
  root: fileURLToPath(new URL("console", import.meta.url)),
  publicDir: false,
  base: "/console/",
  plugins: [svelte({ configFile: false })],
  server: { proxy: { "/api": { target: server, ws: true } } },
  build: {
    target: "es2022",
    emptyOutDir: false,
    reportCompressedSize: false,
    manifest: "vite.json",
  },
});
