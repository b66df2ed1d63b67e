import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";

export const ROOT = new URL("../..", import.meta.url).pathname;
/** The programs run on the built packages, as for users: their workers are files of the builds. */
export const ENVIRONMENT = { ...process.env, TSX_TSCONFIG_PATH: join(ROOT, "tsconfig.base.json") };

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

export function start(program: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, ["--import", "tsx", join("examples", program), ...args], {
    cwd: ROOT,
    env: ENVIRONMENT,
  });
}

export function ended(child: ChildProcess): Promise<Ended> {
  let output = "";
  child.stdout?.on("data", (piece) => (output += piece));
  child.stderr?.on("data", (piece) => (output += piece));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, output })));
}

/** Runs an example program to its end. */
export const run = (program: string, ...args: string[]): Promise<Ended> => ended(start(program, args));
