import type { BenchCase, BenchContext, BenchRow } from "../case.ts";
import { alternate, benchContender, type Contender, nodeContender, rowOf, rowsOf } from "../measure.ts";
import { kernelPeak } from "./kernel-peak.ts";
import { type MeasuredNetwork, NETWORKS, trainingFlops, writeNetwork } from "./networks.ts";

const FULL_ROWS = 25_000;
const FEW_ROWS = 5_000;

const script = (name: string): URL => new URL(`./contenders/${name}`, import.meta.url);

interface EpochOptions {
  readonly threads: readonly number[];
  /** tfjs trains on one of so many rows, and its time is multiplied. */
  readonly tfjsShare: number;
  /** The product that most of an epoch's work is: rows, columns, depth. */
  readonly product: readonly [number, number, number];
}

function contenders(folder: string, threads: number, tfjsShare: number): Contender[] {
  const args = ["epoch", folder, String(threads)];
  const keras = benchContender("Keras", script("keras_peer.py"), ...args);
  const torch = benchContender("PyTorch", script("torch_peer.py"), ...args);
  const tfjsName = tfjsShare === 1 ? "tfjs wasm" : `tfjs wasm (1/${tfjsShare} of the rows, × ${tfjsShare})`;
  return [
    nodeContender("mlsec", script("mlsec.mjs"), ...args),
    ...[keras, torch].flatMap((peer) => (peer === null ? [] : [peer])),
    // Its threads are disabled in Node.
    ...(threads === 1 ? [nodeContender(tfjsName, script("tfjs.mjs"), ...args, String(tfjsShare))] : []),
  ];
}

function epochCase(name: string, network: MeasuredNetwork, options: EpochOptions): BenchCase {
  return {
    name,
    run: async ({ full, folder, say }: BenchContext): Promise<BenchRow[]> => {
      const rows = full ? FULL_ROWS : FEW_ROWS;
      writeNetwork(folder, network, rows);
      const result: BenchRow[] = [];
      for (const threads of options.threads) {
        const size = `${network.title}, ${rows} × 10, batch ${network.batchSize}, ${threads === 1 ? "1 thread" : `${threads} threads`}`;
        say(size);
        const medians = await alternate(contenders(folder, threads, options.tfjsShare), full ? 5 : 1);
        result.push(...rowsOf(name, size, medians));
        if (threads > 1) continue;
        const flops = trainingFlops(network.spec) * rows;
        const peak = { seconds: flops / kernelPeak(...options.product) / 1e9, peakMB: 0 };
        const ours = new Map([
          ["mlsec", medians.get("mlsec")!],
          ["its matrix kernel alone", peak],
        ]);
        result.push(rowOf(name, `${size}: useful work`, "GFLOP/s", ours, ({ seconds }) => flops / seconds / 1e9));
      }
      return result;
    },
  };
}

/** One epoch of training, Adam on binary cross-entropy of logits; building and compiling apart. */
export const epochCases: readonly BenchCase[] = [
  epochCase("lstm64-epoch", NETWORKS.lstm64, { threads: [1, 2], tfjsShare: 1, product: [128, 256, 64] }),
  epochCase("reference-lstm-epoch", NETWORKS.reference, { threads: [1, 2], tfjsShare: 10, product: [64, 1024, 256] }),
  epochCase("ann-epoch", NETWORKS.ann, { threads: [1], tfjsShare: 1, product: [256, 32, 64] }),
];
