// The one entry of every npm script: brings the installation and the build up to date, then runs the task.
// Needs nothing but Node and npm; everything it imports is Node's own until the installation is there.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MINIMUM_NODE = [20, 19];

/** Scripts run on the built packages, as a user's do: tsconfig.json itself has paths that lead to the sources. */
const ON_BUILDS = { ...process.env, TSX_TSCONFIG_PATH: join(ROOT, "tsconfig.base.json") };

/** What each task runs once all is up to date. */
const TASKS = {
  quickstart: { script: "examples/quickstart.ts" },
  "train:threat": { script: "examples/train-threat.ts" },
  "train:attack": { script: "examples/train-attack.ts" },
  predict: { script: "examples/predict.ts" },
  generate: { script: "examples/generate.ts" },
  build: { run: async () => {} },
  // Not built before, since a new kernel's user cannot be.
  "build:kernels": { unbuilt: true, run: () => node("scripts/kernels.mjs", []) },
  test: { run: (args) => node("node_modules/vitest/vitest.mjs", ["run", ...args]) },
  check: { run: check },
  "check:static": { run: checkStatic },
  format: { run: () => node("node_modules/@biomejs/biome/bin/biome", ["check", "--write", "."]) },
  "test:interop": { run: (args) => node("scripts/interop.mjs", args) },
  validate: { script: "examples/validate.ts" },
  "export-sample": { script: "examples/export-sample.ts" },
  integrate: { script: "examples/integrate.ts" },
  export: { script: "examples/export.ts" },
  migrate: { script: "examples/migrate.ts" },
  meter: { script: "examples/meter.ts" },
  detect: { script: "examples/detect.ts" },
  "audit:data": { script: "examples/audit-data.ts" },
  drift: { script: "examples/drift.ts" },
  "test:browser": { run: (args) => node("scripts/test-browser.mjs", args) },
  "test:package": { run: (args) => node("scripts/test-package.mjs", args) },
  bench: { script: "bench/run.ts" },
  quality: { script: "bench/quality/run.ts" },
  fuzz: { script: "bench/fuzz/run.ts" },
  "crash-test": { script: "bench/crash/run.ts" },
};

const [name = "", ...args] = process.argv.slice(2);
try {
  process.exitCode = await main();
} catch (error) {
  if (error.message !== "") console.error(error.message);
  process.exitCode = error.exitCode ?? 1;
}

async function main() {
  const task = TASKS[name];
  if (task === undefined)
    throw new Error(`There is no task ${JSON.stringify(name)}. The tasks are ${Object.keys(TASKS).join(", ")}.`);
  requireNode();
  await ensureInstalled();
  if (!task.unbuilt) await ensureBuilt();
  if (task.run !== undefined) await task.run(args);
  else await run(process.execPath, ["--import", "tsx", task.script, ...args], { env: ON_BUILDS });
  return 0;
}

function requireNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1])) return;
  throw new Error(`mlsec needs Node ${MINIMUM_NODE.join(".")} or newer; this is ${process.versions.node}.`);
}

/** Installs with the pinned pnpm, started through npm, unless the lockfile and the manifests are those of the last time. */
async function ensureInstalled() {
  const manifests = [
    "package.json",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    ...workspaceFolders().map((folder) => join(folder, "package.json")),
  ];
  const stamp = join(ROOT, "node_modules", ".mlsec-installed");
  const digest = hashFiles(manifests);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return;
  const { packageManager } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  say(`installing with ${packageManager} …`);
  await run(npx(), ["--yes", packageManager, "install", "--frozen-lockfile", "--reporter=append-only"], {
    quietUnlessFailed: true,
  });
  writeFileSync(stamp, digest);
}

/** Builds the packages whose sources, or whose dependencies' sources, changed since their last build. */
async function ensureBuilt() {
  const packages = packagesInOrder();
  const digests = new Map();
  const stale = [];
  for (const { folder, manifest, dependencies } of packages) {
    const own = hashFiles([
      "tsup.base.ts",
      "tsconfig.base.json",
      ...filesBelow(join(folder, "src")),
      ...["package.json", "tsconfig.json", "tsup.config.ts"].map((file) => join(folder, file)),
    ]);
    const digest = createHash("sha256")
      .update(own)
      .update(dependencies.map((dependency) => digests.get(dependency)).join())
      .digest("hex");
    digests.set(manifest.name, digest);
    // Beside the build, not in it: what lies in dist is published.
    const stamp = join(ROOT, folder, "node_modules", ".mlsec-built");
    const isBuilt = existsSync(stamp) && existsSync(join(ROOT, folder, "dist", "index.js"));
    if (!isBuilt || readFileSync(stamp, "utf8") !== digest) stale.push({ folder, manifest, stamp, digest });
  }
  for (const { folder, manifest, stamp, digest } of stale) {
    say(`building ${manifest.name} …`);
    rmSync(stamp, { force: true });
    await run(process.execPath, [join(ROOT, "node_modules/tsup/dist/cli-default.js"), "--silent"], {
      cwd: join(ROOT, folder),
      quietUnlessFailed: true,
    });
    writeFileSync(stamp, digest);
  }
}

/** Format, lint and types: all of a commit's check that is not a test. */
async function checkStatic() {
  await node("node_modules/@biomejs/biome/bin/biome", ["check", "--error-on-warnings", "."]);
  say("checking types …");
  await node("node_modules/typescript/bin/tsc", ["-p", "tsconfig.json"]);
  for (const { folder } of packagesInOrder()) await node("node_modules/typescript/bin/tsc", ["-p", folder, "--noEmit"]);
}

async function check(args) {
  await checkStatic();
  await node("node_modules/vitest/vitest.mjs", ["run", ...args]);
}

function workspaceFolders() {
  const packages = readdirSync(join(ROOT, "packages")).map((name) => join("packages", name));
  return [...packages, "examples", "bench"].filter((folder) => existsSync(join(ROOT, folder, "package.json")));
}

/** The packages, each after those it depends on. */
function packagesInOrder() {
  const waiting = workspaceFolders()
    .filter((folder) => folder.startsWith("packages"))
    .map((folder) => {
      const manifest = JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8"));
      return {
        folder,
        manifest,
        dependencies: Object.keys(manifest.dependencies ?? {}).filter((dependency) => dependency.startsWith("@mlsec/")),
      };
    });
  const ordered = [];
  while (waiting.length > 0) {
    const index = waiting.findIndex(({ dependencies }) =>
      dependencies.every((dependency) => ordered.some(({ manifest }) => manifest.name === dependency)),
    );
    if (index === -1) throw new Error("The packages depend on each other in a circle.");
    ordered.push(...waiting.splice(index, 1));
  }
  return ordered;
}

function filesBelow(folder) {
  return readdirSync(join(ROOT, folder))
    .sort()
    .flatMap((name) =>
      statSync(join(ROOT, folder, name)).isDirectory() ? filesBelow(join(folder, name)) : [join(folder, name)],
    );
}

function hashFiles(files) {
  const hash = createHash("sha256").update(process.version);
  for (const file of files)
    if (existsSync(join(ROOT, file))) hash.update(relative(ROOT, file)).update(readFileSync(join(ROOT, file)));
  return hash.digest("hex");
}

function say(message) {
  console.error(`mlsec: ${message}`);
}

function npx() {
  return process.platform === "win32" ? "npx.cmd" : "npx";
}

function node(script, args) {
  return run(process.execPath, [script, ...args]);
}

/** Runs a command to its end. Ctrl-C reaches it directly; this process only waits and passes its exit code on. */
function run(command, args, { cwd = ROOT, env = process.env, quietUnlessFailed = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: quietUnlessFailed ? ["ignore", "pipe", "pipe"] : "inherit",
      shell: command.endsWith(".cmd"),
    });
    const output = [];
    child.stdout?.on("data", (piece) => output.push(piece));
    child.stderr?.on("data", (piece) => output.push(piece));
    const ignore = () => {};
    process.on("SIGINT", ignore);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      process.off("SIGINT", ignore);
      if (code === 0) return resolve();
      process.stderr.write(Buffer.concat(output));
      // What runs in the foreground has told its failure itself.
      const failure = new Error(quietUnlessFailed ? `mlsec: ${command} ${args.join(" ")} failed.` : "");
      reject(Object.assign(failure, { exitCode: code ?? (signal === "SIGINT" ? 130 : 1) }));
    });
  });
}
