import { Worker } from "node:worker_threads";

/** A worker that runs a source file as it stands, with the packages' sources. */
export function sourceWorker(script: URL): Worker {
  const env = { ...process.env, TSX_TSCONFIG_PATH: new URL("../../../tsconfig.json", import.meta.url).pathname };
  return new Worker(script, { execArgv: ["--import", "tsx"], env });
}

/** The worker of this package. */
export const forestWorker = (): Worker => sourceWorker(new URL("../src/worker/index.ts", import.meta.url));
