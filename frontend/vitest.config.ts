/** Tests of the front end's logic; a test that needs a document says so: `// @vitest-environment happy-dom`. */
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte({ configFile: false })],
  resolve: { conditions: ["browser"] },
  define: { __CHAT__: JSON.stringify("widget/chat-test.js") },
  test: {
    include: ["{protocol,loader,widget,console,ui}/**/*.test.ts"],
    environment: "node",
    passWithNoTests: false,
    isolate: false, // each worker starts once, not for every file: four times as fast
  },
});
