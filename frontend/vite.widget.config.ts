/**
 * The visitor's chat: one module that the loader imports, and chunks that it imports lazily.
 * Library mode keeps Vite's preload helper out; the library's name is decided by the content.
 */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

export default defineConfig({
  root: fileURLToPath(new URL("widget", import.meta.url)),
  publicDir: false,
  base: "./",
  build: {
    target: "es2022",
    emptyOutDir: false,
    reportCompressedSize: false,
    modulePreload: false,
    lib: { entry: fileURLToPath(new URL("widget/src/main.ts", import.meta.url)), formats: ["es"] },
    rolldownOptions: {
      optimization: { inlineConst: true },
      preserveEntrySignatures: "allow-extension", // what lazy chunks share with the chat stays in the chat: one request
      output: {
        entryFileNames: "widget/chat-[hash].js",
        chunkFileNames: "widget/[name]-[hash:6].js",
        assetFileNames: "widget/[name]-[hash][extname]",
        comments: false,
        minify: { compress: true, mangle: { toplevel: true }, codegen: { removeWhitespace: true } },
      },
    },
  },
});
