import type { Cell, InputRecord } from "@mlsec/preprocess";
import { MlsecError } from "@mlsec/preprocess";
import { type Bundle, detectorOf } from "../../src/index.js";

/** What is used of onnxruntime-web and onnxruntime-node, which have the same interface. */
export interface Runtime {
  readonly InferenceSession: { create(bytes: Uint8Array, options?: object): Promise<Session> };
  readonly Tensor: new (
    type: "float64" | "string",
    values: Float64Array | string[],
    shape: readonly number[],
  ) => unknown;
}

interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(
    feeds: Record<string, unknown>,
  ): Promise<Record<string, { readonly data: unknown; readonly dims: readonly number[] }>>;
}

/** What a model says of rows: "" and NaN of one that it refuses. */
export interface Verdicts {
  readonly labels: readonly string[];
  /** Rows × classes, row-major. */
  readonly probabilities: ArrayLike<number>;
}

/** What mlsec says of rows, each by itself. */
export function ourVerdicts(bundle: Bundle, rows: readonly InputRecord[]): Verdicts {
  const detector = detectorOf(bundle);
  const { pipeline } = bundle;
  const { classes, preprocessor } = pipeline;
  const labels: string[] = [];
  const probabilities: number[] = [];
  for (const row of rows) {
    try {
      const verdict = detector.detect(row);
      labels.push(verdict.class);
      if (pipeline.kind === "attack_classifier")
        probabilities.push(...pipeline.model.tree.compile().probaRow(preprocessor.transformRecord(row)));
      else probabilities.push(1 - verdict.probability, verdict.probability);
    } catch (error) {
      if (!(error instanceof MlsecError)) throw error;
      labels.push("");
      probabilities.push(...classes.map(() => Number.NaN));
    }
  }
  return { labels, probabilities };
}

/** What a runtime says of the same rows by a model that `toOnnx` has made of the bundle. */
export async function runtimeVerdicts(
  runtime: Runtime,
  model: Uint8Array,
  { pipeline }: Bundle,
  rows: readonly InputRecord[],
): Promise<Verdicts> {
  const session = await runtime.InferenceSession.create(model);
  const feeds: Record<string, unknown> = Object.create(null);
  for (const { name, type } of pipeline.preprocessor.inputs) {
    const cells = rows.map((row) => row[name] ?? null);
    feeds[name] =
      type === "text"
        ? new runtime.Tensor("string", cells.map(textOf), [rows.length, 1])
        : new runtime.Tensor("float64", Float64Array.from(cells, numberOf), [rows.length, 1]);
  }
  const { label, probabilities } = await session.run(feeds);
  return { labels: label!.data as string[], probabilities: probabilities!.data as Float32Array };
}

/** How far two sets of verdicts on the same rows are apart. */
export interface Difference {
  readonly rows: number;
  /** Rows that both refuse. */
  readonly refused: number;
  /** Rows with other labels, or refused by one alone. */
  readonly others: readonly number[];
  /** Rows with a probability further away than it may be. */
  readonly beyond: readonly number[];
  /** The greatest difference of two probabilities. */
  readonly furthest: number;
}

/** What may differ. */
export interface Tolerance {
  /** How far a row's probabilities may be apart. */
  readonly limit: (row: number) => number;
  /** Whether a row's label may be another. Default: never. */
  readonly isFree?: (row: number) => boolean;
}

export function difference(ours: Verdicts, theirs: Verdicts, { limit, isFree = () => false }: Tolerance): Difference {
  const [others, beyond]: [number[], number[]] = [[], []];
  let [furthest, refused] = [0, 0];
  const classes = ours.probabilities.length / ours.labels.length;
  for (const [row, label] of ours.labels.entries()) {
    let isOther = label !== theirs.labels[row] && !isFree(row);
    let apart = 0;
    for (let at = row * classes; at < (row + 1) * classes; at++) {
      const [a, b] = [ours.probabilities[at]!, theirs.probabilities[at]!];
      if (Number.isNaN(a) !== Number.isNaN(b)) isOther = true;
      else if (!Number.isNaN(a)) apart = Math.max(apart, Math.abs(a - b));
    }
    furthest = Math.max(furthest, apart);
    if (label === "") refused++;
    if (isOther) others.push(row);
    if (apart > limit(row)) beyond.push(row);
  }
  if (theirs.labels.length !== ours.labels.length || theirs.probabilities.length !== ours.probabilities.length)
    throw new Error("The verdicts are not on the same rows.");
  return { rows: ours.labels.length, refused, others, beyond, furthest };
}

/** As ONNX takes cells: the empty text is a missing one. */
export function textOf(cell: Cell): string {
  return cell === null ? "" : String(cell);
}

export function numberOf(cell: Cell): number {
  return typeof cell === "number" ? cell : Number.NaN;
}
