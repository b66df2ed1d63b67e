import { spawn } from "node:child_process";
import { join } from "node:path";

/**
 * Runs one of the example programs of the repository `root`; gives what it wrote, as `stdout` and `stderr`.
 *
 * @throws Error with all of that where it fails.
 */
export function runExample(root, program, args, signal) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--import", "tsx", join("examples", program), ...args], {
      cwd: root,
      env: { ...process.env, TSX_TSCONFIG_PATH: join(root, "tsconfig.base.json") },
      stdio: ["ignore", "pipe", "pipe"],
      signal,
    });
    const [out, err] = [[], []];
    child.stdout.on("data", (piece) => out.push(piece));
    child.stderr.on("data", (piece) => err.push(piece));
    child.on("error", reject);
    child.on("close", (code) => {
      const [stdout, stderr] = [out, err].map((pieces) => Buffer.concat(pieces).toString());
      if (code === 0) return resolve({ stdout, stderr });
      reject(new Error(`examples/${program} failed with exit code ${code}:\n${stdout.slice(-5000)}${stderr}`));
    });
  });
}
