// Where Chromium is, or how it gets here.
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";

const DEBIAN_PATH = "/usr/bin/chromium";
const BY_HAND = "Install Chromium or Chrome and set CHROMIUM_PATH to its executable.";

/**
 * The path of a Chromium: CHROMIUM_PATH, or Debian's, installed with apt-get where it is missing and this runs as root.
 * Throws an error that says what to do where there is none and none can be installed.
 */
export async function findChromium() {
  const chosen = process.env.CHROMIUM_PATH;
  if (chosen !== undefined) {
    if (isExecutable(chosen)) return chosen;
    throw new Error(`CHROMIUM_PATH is ${chosen}, which is no executable file. Correct or unset it.`);
  }
  if (isExecutable(DEBIAN_PATH)) return DEBIAN_PATH;
  await installFromDebian();
  if (isExecutable(DEBIAN_PATH)) return DEBIAN_PATH;
  throw new Error(`apt-get installed chromium, but there is no ${DEBIAN_PATH}. ${BY_HAND}`);
}

async function installFromDebian() {
  if (!isExecutable("/usr/bin/apt-get")) {
    throw new Error(`There is no ${DEBIAN_PATH}, and no apt-get to install it with. ${BY_HAND}`);
  }
  if (process.getuid?.() !== 0) {
    throw new Error(
      `There is no ${DEBIAN_PATH}, and only root may install it: sudo apt-get install chromium. Or: ${BY_HAND}`,
    );
  }
  console.log("Installing chromium from Debian's packages …");
  await aptGet("update");
  await aptGet("install", "--yes", "--no-install-recommends", "chromium");
}

function aptGet(...args) {
  return new Promise((resolve, reject) => {
    const child = spawn("apt-get", ["-qq", ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output = [];
    child.stdout.on("data", (piece) => output.push(piece));
    child.stderr.on("data", (piece) => output.push(piece));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) return resolve();
      const tail = Buffer.concat(output).toString().trim().split("\n").slice(-5).join("\n");
      reject(new Error(`apt-get ${args.join(" ")} failed with exit code ${code}. ${BY_HAND} It said:\n${tail}`));
    });
  });
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
