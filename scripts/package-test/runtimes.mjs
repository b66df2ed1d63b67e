import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { npm, ROOT, run } from "./commands.mjs";

const DIGESTS = join(ROOT, "packages/threat-ensemble/test/fixtures/training-digests.json");
const VECTORS = ["numeric.json", "random.json"].map((name) => join(ROOT, "packages/preprocess/test/fixtures", name));

/** The oldest Node that the packages promise to run on, and the newest release of those that follow. */
const VERSIONS = ["20.19.0", "22", "24"];

/** This Node and the others, from npm's `node` packages, which hold the program and need no install script. */
export async function installRuntimes(folder) {
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  const platform = process.platform === "win32" ? "win" : process.platform;
  const specs = VERSIONS.map((version) => `node-${version}@npm:node-${platform}-${process.arch}@${version}`);
  await npm(["install", "--ignore-scripts", "--no-audit", "--no-fund", ...specs], { cwd: folder });
  const program = process.platform === "win32" ? "bin/node.exe" : "bin/node";
  return Promise.all(
    VERSIONS.map(async (version) => {
      const path = join(folder, "node_modules", `node-${version}`, program);
      const installed = (await run(path, ["--version"], { cwd: folder })).trim().slice(1);
      if (!`${installed}.`.startsWith(`${version}.`))
        throw new Error(`Node ${version} was asked for, got ${installed}.`);
      return { name: `Node ${installed}`, path };
    }),
  );
}

export const THIS_NODE = { name: `Node ${process.versions.node}`, path: process.execPath };

/** Imports every entry point. */
export async function checkImports({ path }, project, entries) {
  await run(path, ["import-all.mjs", ...entries], { cwd: project });
  return `${entries.length} entry points`;
}

/** Requires every entry point, and compares with what importing it gives. */
export async function checkRequires({ path }, project, entries) {
  await run(path, ["require-all.cjs", ...entries], { cwd: project });
  return `${entries.length} entry points`;
}

/** Trains, saves, loads and detects; leaves the bundle in the given file. Returns the program's digests. */
export async function runSmoke({ path }, project, bundleFile) {
  return JSON.parse(await run(path, ["smoke.mjs", bundleFile], { cwd: project }));
}

/** The numeric functions and the generator give the bits of their published test vectors. */
export async function checkVectors({ path }, project) {
  const compared = await run(path, ["compare-vectors.mjs", ...VECTORS], { cwd: project });
  return `${compared.trim()} values`;
}

/** Networks trained in WebAssembly, in TypeScript, in a worker and in two have the bytes of the published digests. */
export async function checkTraining({ path }, project) {
  const ways = ["wasm", "fallback", "worker", "pair"];
  for (const way of ways) await run(path, ["compare-digests.mjs", DIGESTS, way], { cwd: project });
  return ways.join(", ");
}
