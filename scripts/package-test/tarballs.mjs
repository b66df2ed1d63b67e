import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { kilobytes, requireNone } from "./checks.mjs";
import { pnpm, ROOT, runTool } from "./commands.mjs";
import { readTarball } from "./tar.mjs";

const SHIPPED = /^(dist\/.+\.(js|js\.map|d\.ts)|README\.md|LICENSE|package\.json)$/;
const NEEDED = ["README.md", "LICENSE", "package.json", "dist/index.js", "dist/index.d.ts"];
/** What npm or pnpm would run on a consumer's machine. */
const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall", "prepare"];
/** Entry points that work only where an optional peer is installed. */
const NEED_A_PEER = [
  "@mlsec/bundle/keras",
  "@mlsec/preprocess/arquero",
  "@mlsec/preprocess/ml-matrix",
  "@mlsec/preprocess/parquet",
  "@mlsec/threat-ensemble/tfjs",
];

/** Packs every package as it would be published; `{ path, bytes, files, manifest }` of each. */
export async function packPackages(folder) {
  await pnpm(["--recursive", "--filter", "./packages/*", "pack", "--pack-destination", folder], { cwd: ROOT });
  const tarballs = readdirSync(folder).map((name) => {
    const path = join(folder, name);
    const bytes = readFileSync(path);
    const files = readTarball(bytes);
    return { path, bytes, files, manifest: JSON.parse(files.get("package.json").toString()) };
  });
  const expected = readdirSync(join(ROOT, "packages")).length;
  if (tarballs.length !== expected) throw new Error(`${tarballs.length} tarballs of ${expected} packages.`);
  return tarballs;
}

/** Only what a consumer needs, nothing that runs on install, no range that only this workspace understands. */
export function checkContents({ bytes, files, manifest }) {
  const strange = [...files.keys()].filter((path) => !SHIPPED.test(path));
  const missing = NEEDED.filter((path) => !files.has(path));
  const scripts = INSTALL_SCRIPTS.filter((name) => manifest.scripts?.[name] !== undefined);
  const ranges = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"]
    .flatMap((kind) => Object.entries(manifest[kind] ?? {}))
    .filter(([, range]) => /[:/]/.test(range));
  requireNone([
    ...strange.map((path) => `${path} should not be shipped.`),
    ...missing.map((path) => `${path} is missing.`),
    ...scripts.map((name) => `The script ${JSON.stringify(name)} would run on install.`),
    ...ranges.map(([name, range]) => `The range ${JSON.stringify(range)} of ${name} means nothing on a registry.`),
  ]);
  return `${files.size} files, ${kilobytes(bytes.length)}`;
}

/** publint, its warnings and suggestions counted as errors. */
export async function checkWithPublint({ bytes, manifest }) {
  const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const { messages } = await publint({ pack: { tarball }, strict: true });
  requireNone(messages.map((message) => formatMessage(message, manifest)));
}

/** Are the types wrong? Under the profile of packages that are ES modules only. */
export async function checkTypesResolve({ path }) {
  const options = ["--profile", "esm-only", "--no-definitely-typed", "--format", "ascii", "--no-emoji"];
  await runTool("@arethetypeswrong/cli", "attw", [path, ...options], { cwd: ROOT });
}

/** What a consumer without optional peers can import: every entry point but the manifests and those that need a peer. */
export function entryPoints(tarballs) {
  return tarballs
    .flatMap(({ manifest }) => Object.keys(manifest.exports).map((subpath) => posix.join(manifest.name, subpath)))
    .filter((entry) => !entry.endsWith("/package.json") && !NEED_A_PEER.includes(entry));
}
