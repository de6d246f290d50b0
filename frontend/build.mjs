/**
 * Builds klepet/static: chat first, then the loader that knows the chat's name, then the console.
 * It builds into a folder beside it and swaps the two, so that a server never sees half a build.
 * The one argument is the hash of the sources (tools/start/frontend.py), kept as a stamp.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { build, loadConfigFromFile, mergeConfig } from "vite";

const frontend = fileURLToPath(new URL(".", import.meta.url));
const packageFolder = join(frontend, "..", "klepet");
const target = join(packageFolder, "static");
const fresh = join(packageFolder, `.static-${process.pid}-new`);
const old = join(packageFolder, `.static-${process.pid}-old`);

async function buildPart(name, outDir, define = {}) {
  const file = join(frontend, `vite.${name}.config.ts`);
  const loaded = await loadConfigFromFile({ command: "build", mode: "production" }, file, frontend, "warn");
  const config = mergeConfig(loaded.config, { configFile: false, logLevel: "warn", define, build: { outDir } });
  const result = await build(config);
  const outputs = (Array.isArray(result) ? result : [result]).flatMap((part) => part.output);
  return outputs.map((file) => ({ name: file.fileName, isEntry: file.isEntry === true, imports: file.imports ?? [] }));
}

async function files(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** The files a browser fetches when the chat opens, before anything it imports lazily. */
function firstOfWidget(outputs) {
  const first = new Set();
  const visit = (name) => {
    if (first.has(name)) return;
    first.add(name);
    for (const imported of outputs.find((file) => file.name === name)?.imports ?? []) visit(imported);
  };
  visit(outputs.find((file) => file.isEntry).name);
  return [...first];
}

/** The files a browser fetches before the console's first screen is there. */
async function firstOfConsole() {
  const path = join(fresh, "console", "vite.json");
  const chunks = JSON.parse(await readFile(path, "utf8"));
  await rm(path);
  const first = new Set(["console/index.html"]);
  const visit = (key) => {
    const chunk = chunks[key];
    const name = `console/${chunk.file}`;
    if (first.has(name)) return;
    first.add(name);
    for (const sheet of chunk.css ?? []) first.add(`console/${sheet}`);
    for (const imported of chunk.imports ?? []) visit(imported);
  };
  visit("index.html");
  return [...first];
}

async function compress(path) {
  const content = await readFile(path);
  const [zipped, brotli] = await Promise.all([
    promisify(gzip)(content, { level: 9 }),
    promisify(brotliCompress)(content, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
    }),
  ]);
  await Promise.all([writeFile(`${path}.gz`, zipped), writeFile(`${path}.br`, brotli)]);
}

try {
  await mkdir(fresh, { recursive: true });
  const widget = await buildPart("widget", fresh);
  const chat = widget.find((file) => file.isEntry).name;
  await buildPart("loader", fresh, { __CHAT__: JSON.stringify(chat) });
  await buildPart("console", join(fresh, "console"));
  const manifest = {
    loader: "w.js",
    chat,
    widget: widget.map((file) => file.name),
    console: "console/index.html",
    first: { widget: firstOfWidget(widget), console: await firstOfConsole() },
  };

  const texts = (await files(fresh)).filter((path) => /\.(js|css|html|svg|json|txt|webmanifest)$/.test(path));
  await Promise.all(texts.map(compress));
  await writeFile(join(fresh, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  if (process.argv[2]) await writeFile(join(fresh, ".stamp"), process.argv[2]);

  await rename(target, old).catch((error) => {
    if (error.code !== "ENOENT") throw error;
  });
  await rename(fresh, target);
  for (const path of texts) {
    const name = relative(fresh, path).split(sep).join("/");
    const size = (await readFile(join(target, `${name}.gz`))).length;
    console.log(`${name.padEnd(48)} ${String(size).padStart(7)} bytes gzip`);
  }
} finally {
  await rm(fresh, { recursive: true, force: true });
  await rm(old, { recursive: true, force: true });
}
