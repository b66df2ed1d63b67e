import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const { packageManager } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

/**
 * Runs a program to its end.
 *
 * @returns what it wrote to its standard output.
 * @throws Error with all that it wrote, where it fails.
 */
export function run(program, args, { cwd }) {
  return new Promise((resolve, reject) => {
    const windowsScript = process.platform === "win32" && /^(npm|npx)$/.test(program);
    const child = spawn(program, args, {
      cwd,
      env: consumerEnvironment(),
      stdio: ["ignore", "pipe", "pipe"],
      shell: windowsScript,
    });
    const output = [];
    const errors = [];
    child.stdout.on("data", (piece) => output.push(piece));
    child.stderr.on("data", (piece) => errors.push(piece));
    child.on("error", reject);
    child.on("close", (code) => {
      const written = Buffer.concat(output).toString();
      if (code === 0) return resolve(written);
      reject(new Error(`${program} ${args.join(" ")}\n${written}${Buffer.concat(errors)}`));
    });
  });
}

/** Runs a tool that is installed at the root, by the script that its manifest names for `command`. */
export function runTool(name, command, args, { cwd }) {
  const folder = join(ROOT, "node_modules", name);
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return run(process.execPath, [join(folder, bin[command]), ...args], { cwd });
}

export function npm(args, { cwd }) {
  return run("npm", args, { cwd });
}

/** The pinned pnpm, started through npm as everywhere in this repository. */
export function pnpm(args, { cwd }) {
  return run("npx", ["--yes", packageManager, ...args], { cwd });
}

/** Without what `npm run` adds to the environment: it would tie an npm started elsewhere to this repository. */
function consumerEnvironment() {
  const added = /^(npm_(package|lifecycle)_.*|npm_config_(local_)?prefix|npm_command|INIT_CWD)$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !added.test(name)));
}
