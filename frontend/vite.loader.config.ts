/** The script behind the tag: one small file under a name that never changes, which knows the chat's hashed name. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

export default defineConfig({
  root: fileURLToPath(new URL("loader", import.meta.url)),
  publicDir: false,
  build: {
    target: "es2022",
    emptyOutDir: false,
    reportCompressedSize: false,
    modulePreload: false,
    lib: { entry: fileURLToPath(new URL("loader/src/main.ts", import.meta.url)), formats: ["iife"], name: "klepetLoader" },
    rolldownOptions: {
      output: {
        entryFileNames: "w.js",
        minify: { compress: true, mangle: { toplevel: true }, codegen: { removeWhitespace: true } },
      },
    },
  },
});
