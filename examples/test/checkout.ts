import { spawnSync } from "node:child_process";
import { chmod, copyFile, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "./run-program.js";

/** What a script needs of this checkout. */
const LINKED = [
  ...["packages", "examples", "bench", "node_modules", "tsconfig.base.json", "tsup.base.ts"],
  ...["pnpm-lock.yaml", "pnpm-workspace.yaml", ".npmrc"],
];

/**
 * Makes a folder a checkout: its npm scripts are this one's, but read and write files there, so that commands of the
 * documentation run in it as they stand.
 */
export async function makeCheckout(folder: string): Promise<void> {
  // What is not up to date would be installed and built through links.
  const { status, stderr } = spawnSync(process.execPath, ["scripts/task.mjs", "build"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`The build failed: ${stderr}`);
  await mkdir(join(folder, "scripts"));
  for (const file of ["package.json", "scripts/task.mjs"]) await copyFile(join(ROOT, file), join(folder, file));
  for (const name of LINKED) await symlink(join(ROOT, name), join(folder, name));
}

/** Puts a program of the world outside into a folder of `PATH`, as a script of the shell. */
export async function putProgram(folder: string, name: string, script: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, name), 0o755);
}

/** The commands of a page: its indented lines, outside of code that is fenced. */
export async function commandsOf(page: string): Promise<string[]> {
  const text = (await readFile(join(ROOT, page), "utf8")).replaceAll(/^```[\s\S]*?^```/gm, "");
  return [...text.matchAll(/^ {4}(\S.*)$/gm)].map(([, command]) => command!);
}
