// npm run test:interop: goldens against the Python libraries that they came from, in a virtual environment of its own.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../interop", import.meta.url));
const ENVIRONMENT = join(FOLDER, ".venv");
/** A runtime of 290 MB that only these tests need: installed beside the workspace, without its script. */
const PEER = "onnxruntime-node@1.30.0";
const PEERS = join(FOLDER, ".peers");
const PYTHON =
  process.platform === "win32" ? join(ENVIRONMENT, "Scripts", "python.exe") : join(ENVIRONMENT, "bin", "python");

if (process.argv.includes("--help")) {
  console.log(
    "npm run test:interop: checks the goldens of the tests against scikit-learn, Keras and mpmath, as pinned in interop/requirements.txt.",
  );
  process.exit(0);
}

try {
  ensureEnvironment();
  ensurePeer();
} catch (error) {
  console.error(`interop: ${error.message}`);
  console.log("interop: 0 passed, 1 failed");
  process.exit(1);
}
const scripts = readdirSync(FOLDER)
  .filter((name) => /^(make|test)_.*\.py$/.test(name))
  .sort();
let passed = 0;
for (const name of scripts) {
  // A maker of goldens compares what it would write with what is there; a test is run as it is.
  const args = name.startsWith("make_") ? [name, "--check"] : [name];
  console.log(`interop: ${args.join(" ")}`);
  const { status } = spawnSync(PYTHON, args, { cwd: FOLDER, stdio: "inherit" });
  if (status === 0) passed++;
  else console.log(`interop: ${name} FAILED (exit code ${status})`);
}
console.log(`interop: ${passed} passed, ${scripts.length - passed} failed`);
process.exitCode = passed === scripts.length ? 0 : 1;

/** Makes the virtual environment, unless it is there with the present requirements. */
function ensureEnvironment() {
  const requirements = join(FOLDER, "requirements.txt");
  const digest = createHash("sha256").update(readFileSync(requirements)).digest("hex");
  const stamp = join(ENVIRONMENT, ".mlsec-installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return;
  console.log("interop: making a virtual environment …");
  run(
    "python3",
    ["-m", "venv", "--clear", ENVIRONMENT],
    "Python 3.11 or newer with venv is needed (python3 -m venv failed).",
  );
  // Everything is listed, and tf_keras asks for another build of TensorFlow than the one that is. Byte code is made of what is
  // imported, which is a small part of it.
  const pip = [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "--no-compile",
    "--no-deps",
    "-r",
    requirements,
  ];
  run(PYTHON, pip, "pip could not install interop/requirements.txt.");
  writeFileSync(stamp, digest);
}

/** Installs the runtime, unless it is there in this version. */
function ensurePeer() {
  const [name, version] = PEER.split("@");
  const manifest = join(PEERS, "node_modules", name, "package.json");
  if (existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).version === version) return;
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const args = ["install", "--prefix", PEERS, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", PEER];
  run(npm, args, `npm could not install ${PEER}.`);
}

function run(command, args, otherwise) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${otherwise}\n${stdout ?? ""}${stderr ?? ""}`);
}
