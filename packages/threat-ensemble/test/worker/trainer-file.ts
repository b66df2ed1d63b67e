import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));

/** Writes a worker's file from the sources, as a user's bundler does, and gives its path. */
export async function trainerFile(
  name: string,
  contents = 'import { serveTraining } from "@mlsec/threat-ensemble/worker"; serveTraining();',
): Promise<string> {
  mkdirSync(`${ROOT}out/test-worker`, { recursive: true });
  const outfile = `${ROOT}out/test-worker/${name}-${process.pid}.mjs`;
  await build({
    stdin: { contents, resolveDir: ROOT },
    tsconfig: `${ROOT}tsconfig.json`,
    bundle: true,
    platform: "neutral",
    format: "esm",
    outfile,
    logLevel: "error",
  });
  return outfile;
}
