import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build as esbuild } from "esbuild";
import { createLogger, build as viteBuild } from "vite";
import { kilobytes, requireNone } from "./checks.mjs";
import { run } from "./commands.mjs";

/** Most bytes of a page, gzipped: what was measured and a quarter more, so that what slips in is noticed. */
const BUDGETS = {
  "scaler-page.js": 2_700,
  "detector-page.js": 40_000,
  "tree-detector-page.js": 27_000,
  "threat-score-page.js": 27_000,
  "attack-score-page.js": 8_000,
};
/** An error code of the CSV reader; no other part of the packages has it. */
const CSV_MARKER = "csv-issues";
/** What no page may hold: Node's modules, what bundlers put in their place, the training engine, and reports with their plots. */
const FORBIDDEN = [/["'`]node:/, /browser-external/, /tensorflow/i, /<!doctype html>/];

/**
 * The builders, each from an entry file of a project to its minified page: the files that it loads at once, the entry first, as
 * names and code. What it may load later, by a dynamic import, is not among them. A warning is an error.
 */
export const BUILDERS = { esbuild: buildWithEsbuild, Vite: buildWithVite };

async function buildWithEsbuild(project, page) {
  const { outputFiles, warnings, metafile } = await esbuild({
    absWorkingDir: project,
    entryPoints: [page],
    bundle: true,
    minify: true,
    platform: "browser",
    format: "esm",
    splitting: true,
    outdir: "built",
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  requireNone(warnings.map(({ text }) => text));
  const parts = Object.entries(metafile.outputs).map(([name, { entryPoint, imports }]) => ({
    name: basename(name),
    code: outputFiles.find(({ path }) => path.endsWith(name)).text,
    isEntry: entryPoint === page,
    imports: imports.filter(({ kind }) => kind === "import-statement").map(({ path }) => basename(path)),
  }));
  return loadedAtOnce(parts);
}

async function buildWithVite(project, page) {
  // A warning is all that Vite says when it puts an empty object in the place of one of Node's modules.
  const warnings = [];
  const warn = (message) => warnings.push(message);
  const customLogger = { ...createLogger("silent"), warn, warnOnce: warn };
  const { output } = await viteBuild({
    root: project,
    configFile: false,
    logLevel: "warn",
    customLogger,
    build: {
      write: false,
      // It would add code that runs in pages only, and is not ours to measure.
      modulePreload: { polyfill: false },
      rolldownOptions: { input: join(project, page) },
    },
  });
  requireNone(warnings);
  return loadedAtOnce(
    output.map(({ fileName, code, isEntry, imports }) => ({
      name: basename(fileName),
      code,
      isEntry,
      imports: imports.map((name) => basename(name)),
    })),
  );
}

/** The entry and what it imports, and what that imports. */
function loadedAtOnce(parts) {
  const loaded = [parts.find(({ isEntry }) => isEntry)];
  for (const { imports } of loaded)
    for (const name of imports)
      if (!loaded.some((part) => part.name === name)) loaded.push(parts.find((part) => part.name === name));
  return loaded.map(({ name, code }) => ({ name, code }));
}

function codeOf(page) {
  return page.map(({ code }) => code).join("\n");
}

/** A page that loads a bundle and detects: small enough, nothing forbidden in it, and Node's verdicts when it is run. */
export async function checkDetectorPage(build, project, name, reference) {
  if (reference === null) throw new Error("There is no bundle to try it with: the smoke test failed.");
  const parts = await build(project, name);
  const code = codeOf(parts);
  requireNone(FORBIDDEN.filter((pattern) => pattern.test(code)).map((pattern) => `The page contains ${pattern}.`));
  const folder = join(project, "built", name);
  mkdirSync(folder, { recursive: true });
  for (const part of parts) writeFileSync(join(folder, part.name), part.code);
  const page = join(folder, parts[0].name);
  const digest = (await run(process.execPath, ["run-page.mjs", page, reference.bundleFile], { cwd: project })).trim();
  if (digest !== reference.probabilities)
    throw new Error(`The built page gives other probabilities (SHA-256 ${digest}).`);
  return `Node's verdicts, ${size(code, name)}`;
}

/** A page with one scaler: small enough, and without the CSV reader, whose marker a page that reads CSV files does hold. */
export async function checkScalerPage(build, project) {
  const code = codeOf(await build(project, "scaler-page.js"));
  const reader = codeOf(await build(project, "csv-page.js"));
  if (!reader.includes(CSV_MARKER))
    throw new Error(`The CSV reader has no ${CSV_MARKER} any more: choose another marker.`);
  if (code.includes(CSV_MARKER)) throw new Error(`The page contains ${CSV_MARKER}: the CSV reader came along.`);
  return size(code, "scaler-page.js");
}

/** A page that only scores with one model: small enough, and nothing forbidden in it. */
export async function checkScorePage(build, project, page) {
  const code = codeOf(await build(project, page));
  requireNone(FORBIDDEN.filter((pattern) => pattern.test(code)).map((pattern) => `The page contains ${pattern}.`));
  return size(code, page);
}

/** @throws Error beyond the page's budget. */
function size(code, page) {
  const gzipped = gzipSync(code, { level: 9 }).length;
  const budget = BUDGETS[page];
  if (gzipped > budget)
    throw new Error(`${kilobytes(gzipped)} gzipped is more than the budget of ${kilobytes(budget)}.`);
  return `${kilobytes(code.length)}, ${kilobytes(gzipped)} gzipped of at most ${kilobytes(budget)}`;
}
