import { Table, textColumn } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";

export interface FlowOptions {
  readonly seed?: number;
  readonly labels?: readonly string[];
}

/** Flows whose class shows in their size and rate; `Bytes` and `Bytes.1` are the same, `Zero` is constant. */
export function flows(
  rowsPerClass: number,
  { seed = 1, labels = ["BENIGN", "PortScan", "DDoS"] }: FlowOptions = {},
): Table {
  const random = Random.seeded(seed);
  const cells = labels.flatMap((label, code) =>
    Array.from({ length: rowsPerClass }, () => ({
      label,
      size: code + random.normal() * 0.1,
      rate: random.normal() + (code === 2 ? 6 : 0),
    })),
  );
  const numbers = (value: (cell: (typeof cells)[number]) => number) =>
    ({ kind: "number", values: Float64Array.from(cells, value) }) as const;
  return Table.of([
    ["Flow ID", textColumn(cells.map((_, row) => `flow ${row}`))],
    [" Bytes", numbers(({ size }) => size)],
    ["Rate", numbers(({ rate }) => rate)],
    [" Bytes.1", numbers(({ size }) => 2 * size)],
    ["Zero", numbers(() => 0)],
    [" Label", textColumn(cells.map(({ label }) => label))],
  ]);
}
