import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { BenchCase, BenchContext, BenchRow } from "../case.ts";
import { alternate, benchContender, type Contender, nodeContender, rowOf } from "../measure.ts";
import { type MeasuredNetwork, NETWORKS, writeNetwork } from "./networks.ts";

const script = (name: string): URL => new URL(`./contenders/${name}`, import.meta.url);

/** Where bench/README.md puts it. */
const ONNX_RUNTIME = new URL("../.peers/node_modules/onnxruntime-node/", import.meta.url);

/** All on one thread. onnxruntime-node needs Python too, for its model. */
function contenders(job: "row" | "batch", folder: string): Contender[] {
  const peers = [
    benchContender("Keras", script("keras_peer.py"), job, folder),
    benchContender("PyTorch", script("torch_peer.py"), job, folder),
  ].flatMap((peer) => (peer === null ? [] : [peer]));
  return [
    nodeContender("mlsec", script("mlsec.mjs"), job, folder),
    ...(writeOnnx(folder) ? [nodeContender("onnxruntime-node", script("onnx.mjs"), job, folder)] : []),
    ...peers,
    nodeContender("tfjs wasm", script("tfjs.mjs"), job, folder),
  ];
}

function writeOnnx(folder: string): boolean {
  const maker = benchContender("", script("onnx_model.py"), folder);
  if (maker === null || !existsSync(ONNX_RUNTIME)) return false;
  const { status, stderr } = spawnSync(maker.command, maker.args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`onnx_model.py failed: ${stderr}`);
  return true;
}

function rowCase(name: string, network: MeasuredNetwork): BenchCase {
  return {
    name,
    run: async ({ full, folder }: BenchContext): Promise<BenchRow[]> => {
      writeNetwork(folder, network, 1000);
      const medians = await alternate(contenders("row", folder), full ? 5 : 1);
      const size = `${network.title}, median of single rows`;
      return [rowOf(name, size, "µs", medians, ({ seconds }) => seconds * 1e6)];
    },
  };
}

const BATCHES: readonly (readonly [MeasuredNetwork, number])[] = [
  [NETWORKS.ann, 100_000],
  [NETWORKS.lstm64, 100_000],
  [NETWORKS.reference, 10_000],
];

/** Single rows, and batches. */
export const scoringCases: readonly BenchCase[] = [
  rowCase("score-row-ann", NETWORKS.ann),
  rowCase("score-row-lstm64", NETWORKS.lstm64),
  rowCase("score-row-reference", NETWORKS.reference),
  {
    name: "score-batch",
    run: async ({ full, folder, say }: BenchContext): Promise<BenchRow[]> => {
      const result: BenchRow[] = [];
      for (const [network, fullRows] of BATCHES) {
        const rows = full ? fullRows : fullRows / 10;
        const size = `${network.title}, ${rows} rows, 1 thread`;
        say(size);
        writeNetwork(folder, network, rows);
        const medians = await alternate(contenders("batch", folder), full ? 5 : 1);
        result.push(rowOf("score-batch", size, "rows/s", medians, ({ seconds }) => rows / seconds));
      }
      return result;
    },
  },
];
