// `npm run test:browser`: the page of examples/browser in Chromium, compared with Node. See HELP.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, stripVTControlCharacters } from "node:util";
import { chromium } from "playwright-core";
import { build } from "vite";
import { checkCaptures } from "./browser/capture.mjs";
import { checkErrors, checkOddFiles, checkPrivacy, checkScores } from "./browser/checks.mjs";
import { findChromium } from "./browser/chromium.mjs";
import { checkDetect, detectedInNode } from "./browser/detect.mjs";
import { checkGrowth } from "./browser/growth.mjs";
import { checkJoblib } from "./browser/joblib.mjs";
import { checkKeras } from "./browser/keras.mjs";
import { nodeSide } from "./browser/node-scores.mjs";
import { checkNodeVersions } from "./browser/node-versions.mjs";
import { checkNumericVectors } from "./browser/numeric-vectors.mjs";
import { checkOnnx } from "./browser/onnx.mjs";
import { checkReportPage, checkReports } from "./browser/report.mjs";
import { ScoringPage } from "./browser/scoring-page.mjs";
import { takeScreenshots } from "./browser/screenshots.mjs";
import { serveFolder } from "./browser/static-server.mjs";
import { prepareSubjects } from "./browser/subjects.mjs";
import { checkTraining } from "./browser/training.mjs";

const HELP = `Usage: npm run test:browser -- [options]

Builds the page of examples/browser with Vite, serves it on a loopback address under a strict content security policy,
and uses it in Chromium as a person would: loads a bundle of either kind and scores 10,000 rows, on the page and in a
worker; and captures, which the page meters: one with all attacks of CIC-IDS2017 gets the verdicts of npm run detect, in one
stage and in two. Every class and probability must be Node's, bit for bit, and every verdict in full the same in Node 20, 22 and 24,
which npm's package node brings. Wrong files must be told apart with a clear error, and
no request may leave the page's origin. The numeric functions and random numbers must give the bits of their published
test vectors, as in every Node. Networks trained and trees grown on a page and in workers, with WebAssembly and where the
policy forbids it, must be the bytes that Node comes to, and so must bundles of models that Python wrote; networks of Keras must
give Keras' scores, and a worker that a damaged file keeps busy must end; bundles written as ONNX must be Node's bytes, and
onnxruntime-web must judge as the bundles do. The reports of the
training programs must open without a request or a complaint, light, dark and on paper, and be fit for a screen reader.

Chromium: CHROMIUM_PATH, or /usr/bin/chromium, or (as root) installed from Debian's packages.
Data: the folder that MLSEC_DATA names, else generated traffic. The bundles are trained once and kept in out/test-browser.

Options:
  --fresh              train the bundles again
  --screenshots <dir>  also write pictures of the page, light and dark
  --help               this text

Prints a line per check and, last, "browser: N passed, N failed"; exit code 1 where a check failed.`;

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const CHROMIUM_ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const PLACES = [
  { place: "on the page", inWorker: false },
  { place: "in a worker", inWorker: true },
];
const result = { passed: 0, failed: 0 };
/** Triggered by Ctrl-C and its like. */
const stop = new AbortController();
/** What is to be closed and removed at the end, the last first. */
const cleanups = [];

process.exitCode = await program();

async function program() {
  const options = readOptions();
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const stopped = new Promise((_, reject) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
      process.once(signal, () => {
        stop.abort();
        reject(new Error(`Stopped by ${signal}.`));
      });
    }
  });
  try {
    await Promise.race([test(options), stopped]);
  } catch (error) {
    result.failed++;
    console.log(`FAILED  ${shortened(error.message)}`);
  }
  for (const cleanUp of cleanups.reverse()) {
    await cleanUp().catch((error) => console.log(`Not cleaned up: ${error.message}`));
  }
  console.log(`browser: ${result.passed} passed, ${result.failed} failed`);
  return result.failed === 0 ? 0 : 1;
}

function readOptions() {
  try {
    return parseArgs({
      options: { help: { type: "boolean" }, fresh: { type: "boolean" }, screenshots: { type: "string" } },
    }).values;
  } catch (error) {
    console.error(`${error.message}\n(--help lists the options)`);
    process.exit(1);
  }
}

async function test({ fresh = false, screenshots }) {
  const executablePath = await findChromium();
  const subjects = await prepareSubjects(ROOT, { fresh, signal: stop.signal });
  const folder = await mkdtemp(join(tmpdir(), "mlsec-browser-"));
  await undoLater(() => rm(folder, { recursive: true, force: true }));

  const site = join(folder, "site");
  await build({ root: join(ROOT, "examples/browser"), build: { outDir: site }, logLevel: "error" });
  const server = await serveFolder(site);
  await undoLater(server.close);
  const browser = await chromium.launch({
    executablePath,
    args: CHROMIUM_ARGS,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  await undoLater(() => browser.close());
  console.log(`Chromium ${browser.version()}, Node ${process.versions.node}`);

  await checkNumericVectors(check, browser, ROOT, folder, undoLater);
  await checkTraining(check, browser, ROOT, folder, undoLater);
  await checkGrowth(check, browser, ROOT, folder, undoLater);
  await checkJoblib(check, browser, ROOT, folder, undoLater);
  await checkKeras(check, browser, ROOT, folder, undoLater);
  await checkOnnx(check, browser, ROOT, folder, undoLater, subjects);
  await checkReportPage(check, browser, ROOT, folder, undoLater);
  await checkReports(check, browser, subjects);
  await checkNodeVersions(check, subjects, ROOT);
  const node = await nodeSide(ROOT);
  const seen = { problems: [], addresses: [] };
  const openPage = async (options = {}) => {
    const context = await browser.newContext({ acceptDownloads: true, ...options });
    context.setDefaultTimeout(15_000);
    context.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) seen.problems.push(message.text());
    });
    context.on("weberror", (webError) => seen.problems.push(String(webError.error())));
    context.on("request", (request) => seen.addresses.push(request.url()));
    const page = new ScoringPage(await context.newPage(), server.url);
    await page.open();
    return page;
  };

  for (const subject of [subjects.threat, subjects.attack]) {
    for (const where of PLACES) await checkScores(check, await openPage(), subject, where, node);
  }
  const detected = await detectedInNode(ROOT, subjects.live, stop.signal);
  for (const where of PLACES) {
    await checkOddFiles(check, await openPage(), subjects, where, node, folder);
    await checkErrors(check, await openPage(), subjects, where, node, folder);
    await checkCaptures(check, await openPage(), subjects, where, node, folder);
    await checkDetect(check, await openPage(), subjects.live, where, detected);
  }
  await checkPrivacy(check, await openPage(), server, seen);
  if (screenshots !== undefined) await takeScreenshots(openPage, subjects, folder, resolve(screenshots));
}

/** Remembers how to undo something at the end; undoes it at once where the run was stopped meanwhile. */
async function undoLater(undo) {
  cleanups.push(undo);
  if (!stop.signal.aborted) return;
  await undo();
  throw stop.signal.reason;
}

async function check(name, body) {
  try {
    await body();
    result.passed++;
    console.log(`ok      ${name}`);
  } catch (error) {
    if (stop.signal.aborted) throw error;
    result.failed++;
    console.log(`FAILED  ${name}: ${shortened(error.message)}`);
  }
}

/** A message without colours, and without the log that Playwright adds. */
function shortened(message) {
  const [what] = stripVTControlCharacters(message).split("\nCall log:");
  return what.split("\n").slice(0, 20).join("\n").trim();
}
