import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { buildSync } from "esbuild";

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** The worker of this package in one piece, from the sources of all packages: workers do not run TypeScript. */
const [bundle] = buildSync({
  entryPoints: [path("../src/worker/start.ts")],
  tsconfig: path("../../../tsconfig.json"),
  bundle: true,
  format: "cjs",
  platform: "node",
  write: false,
}).outputFiles;

export const forestWorker = (): Worker => new Worker(bundle!.text, { eval: true });
