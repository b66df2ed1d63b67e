import { Random } from "@mlsec/preprocess/numeric";
// The kernels are no part of the package's public face.
import { Layout } from "../../packages/threat-ensemble/src/compute/layout.ts";
import { openTrainKernels } from "../../packages/threat-ensemble/src/compute/train-kernels.ts";
import { median } from "../measure.ts";

const SECONDS = 0.3;

/** GFLOP/s of the matrix kernel alone, everything packed and in the caches: rows × depth by depth × columns. */
export function kernelPeak(rows: number, columns: number, depth: number): number {
  const layout = new Layout();
  const [a, plain, packed, c] = [rows * depth, depth * columns, depth * columns, rows * columns].map((count) =>
    layout.take(count),
  ) as [number, number, number, number];
  const { kernels, numbers } = openTrainKernels(layout);
  const random = Random.seeded(1);
  for (let i = 0; i < rows * depth; i++) numbers[a / 4 + i] = random.normal();
  for (let i = 0; i < depth * columns; i++) numbers[plain / 4 + i] = random.normal();
  kernels.packColumns(packed, plain, columns, depth, columns);
  const rates: number[] = [];
  for (const end = performance.now() + 1000 * SECONDS; performance.now() < end; ) {
    const started = performance.now();
    kernels.multiply(a, depth, packed, c, columns, rows, columns, depth, 0, 0);
    rates.push((2 * rows * columns * depth) / (performance.now() - started) / 1e6);
  }
  return median(rates);
}
