// `npm run test:package`: what npm would publish, as a consumer gets it. See HELP.
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { BUILDERS, checkDetectorPage, checkScalerPage, checkScorePage } from "./package-test/browser-builds.mjs";
import { Checks } from "./package-test/checks.mjs";
import { checkInstalled, makeNpmProject, makePnpmProject } from "./package-test/projects.mjs";
import {
  checkImports,
  checkRequires,
  checkTraining,
  checkVectors,
  installRuntimes,
  runSmoke,
  THIS_NODE,
} from "./package-test/runtimes.mjs";
import {
  checkContents,
  checkTypesResolve,
  checkWithPublint,
  entryPoints,
  packPackages,
} from "./package-test/tarballs.mjs";
import { checkTypeScript, TYPESCRIPT_CONSUMERS } from "./package-test/types.mjs";

const HELP = `Usage: npm run test:package

Packs every package and uses the tarballs as their consumers would, in temporary folders that are removed at the end.

  tarballs    only dist, README, LICENSE and package.json; no scripts that run on install; publint without a message;
              are-the-types-wrong clean under its ESM-only profile
  projects    an empty one installed by npm and one by pnpm, without optional peers; in each:
              - no dependency has an install script
              - every entry point is imported and required, and a small attack classifier trained, saved, loaded and used
              - TypeScript applications compile: nodenext and bundler, with DOM or @types/node, ES module and CommonJS
              - esbuild and Vite build a page that detects (no node: import, no training engine; run, it gives Node's
                verdicts), one with a single scaler (no CSV reader), and one per model that only scores; each within a budget of bytes
  runtimes    this Node, and 20.19.0, 22 and 24 from npm: the numeric functions and random numbers must be those of the
              published test vectors, the classifier's bundle and its probabilities the same bytes everywhere, and networks
              trained in WebAssembly, in TypeScript and in workers those of the published digests

Needs the registry for @noble/hashes and the other versions of Node (about 150 MB, cached by npm).

Options:
  --help  this text

Prints a line per check and, last, "package: N passed, N failed"; exit code 1 where a check failed.`;

const PROJECTS = { npm: makeNpmProject, pnpm: makePnpmProject };

const checks = new Checks();
process.exitCode = await program();

async function program() {
  let options;
  try {
    options = parseArgs({ options: { help: { type: "boolean" } } }).values;
  } catch (error) {
    console.error(`${error.message}\nSee npm run test:package -- --help.`);
    return 1;
  }
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  await test(temporaryFolder());
  console.log(`package: ${checks.passed} passed, ${checks.failed} failed`);
  return checks.failed === 0 ? 0 : 1;
}

async function test(folder) {
  const tarballs = await packed(join(folder, "tarballs"));
  for (const tarball of tarballs) {
    const { name } = tarball.manifest;
    await checks.check(`${name}: contents`, () => checkContents(tarball));
    await checks.check(`${name}: publint`, () => checkWithPublint(tarball));
    await checks.check(`${name}: are the types wrong`, () => checkTypesResolve(tarball));
  }
  if (tarballs.length === 0) return;
  const otherNodes = await runtimes(join(folder, "runtimes"));
  /** What the smoke test gives where it is run first; everywhere else it must give the same. */
  let reference = null;
  for (const [name, make] of Object.entries(PROJECTS)) {
    const project = join(folder, name);
    const made = await checks.check(`${name}: install`, async () => {
      await make(project, tarballs);
      return checkInstalled(project, tarballs);
    });
    if (!made) continue;
    // Versions of Node differ in how they run a package, not in how it lies on the disk: one layout shows that.
    const nodes = name === "npm" ? [THIS_NODE, ...otherNodes] : [THIS_NODE];
    reference = await testRunning(name, project, { nodes, entries: entryPoints(tarballs), reference });
    await testBuilding(name, project, reference);
  }
}

async function packed(folder) {
  let tarballs = [];
  await checks.check("pack", async () => {
    mkdirSync(folder);
    tarballs = await packPackages(folder);
    return `${tarballs.length} tarballs`;
  });
  return tarballs;
}

async function runtimes(folder) {
  let found = [];
  await checks.check("other versions of Node", async () => {
    found = await installRuntimes(folder);
    return found.map(({ name }) => name).join(", ");
  });
  return found;
}

/** Import, require and smoke test under each Node. Returns the first smoke test's digests, or the reference given. */
async function testRunning(name, project, { nodes, entries, reference }) {
  let expected = reference;
  for (const node of nodes) {
    await checks.check(`${name}, ${node.name}: import`, () => checkImports(node, project, entries));
    await checks.check(`${name}, ${node.name}: require`, () => checkRequires(node, project, entries));
    await checks.check(`${name}, ${node.name}: numeric test vectors`, () => checkVectors(node, project));
    await checks.check(`${name}, ${node.name}: trained networks' digests`, () => checkTraining(node, project));
    await checks.check(`${name}, ${node.name}: train, save, load, detect`, async () => {
      const bundleFile = join(project, "smoke.safetensors");
      const { bundle, probabilities, accuracy } = await runSmoke(node, project, bundleFile);
      if (!(accuracy > 0.8)) throw new Error(`The accuracy is ${accuracy}: the classifier has learned nothing.`);
      expected ??= { bundle, probabilities, bundleFile };
      if (bundle !== expected.bundle) throw new Error(`The bundle is another one (SHA-256 ${bundle}).`);
      if (probabilities !== expected.probabilities)
        throw new Error(`The probabilities are others (SHA-256 ${probabilities}).`);
      return `accuracy ${accuracy.toFixed(3)}, SHA-256 of bundle ${bundle}, of probabilities ${probabilities}`;
    });
  }
  return expected;
}

/** What is compiled and built of a project. */
async function testBuilding(name, project, reference) {
  for (const consumer of TYPESCRIPT_CONSUMERS)
    await checks.check(`${name}: ${consumer.name}`, () => checkTypeScript(consumer, project));
  for (const [builder, build] of Object.entries(BUILDERS)) {
    await checks.check(`${name}, ${builder}: one scaler`, () => checkScalerPage(build, project));
    for (const model of ["threat", "attack"]) {
      const page = `${model}-score-page.js`;
      await checks.check(`${name}, ${builder}: ${model} scores`, () => checkScorePage(build, project, page));
    }
    for (const page of ["detector-page.js", "tree-detector-page.js"])
      await checks.check(`${name}, ${builder}: ${page}`, () => checkDetectorPage(build, project, page, reference));
  }
}

/** A folder that is gone when this process ends, however it ends. */
function temporaryFolder() {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "mlsec-package-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }))
    process.once(signal, () => process.exit(code));
  return folder;
}
