import {
  Breather,
  countClasses,
  DEFAULT_SEED,
  type FeatureMatrix,
  type FitOptions,
  type Json,
  type Labels,
  listSome,
  MlsecError,
  StateReader,
  type StepSpec,
  throwIfAborted,
} from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { requireCount, requireFinite, requireLabelled } from "./checks.js";
import { bestFeatures, bestFirst } from "./feature-scores.js";
import { harmonicNumbers } from "./harmonic-numbers.js";
import { type CountedRows, neighbourInformation, toldApart } from "./neighbour-information.js";
import { tableInformation } from "./table-information.js";
import { textTable } from "./text-table.js";

/** Options of `mutualInformation`; the seed draws what tells equal values apart. */
export interface MutualInformationOptions extends FitOptions {
  /** Features whose values are categories, such as ordinal codes; `"all"` for every one. Default: none. */
  readonly discrete?: readonly string[] | "all" | undefined;
  /** Neighbours that a continuous feature is estimated from, at least 1: more vary less and blur more. Default 3. */
  readonly neighbors?: number | undefined;
}

/** How much each feature tells of the class. */
export class MutualInformation {
  constructor(
    /** All features, in order. */
    readonly features: readonly string[],
    /** The mutual information of each with the class, in nats, at least 0. */
    readonly scores: Float64Array,
  ) {}

  /** The features from the one that tells most; of equal ones the earlier comes first. */
  get ranked(): string[] {
    return bestFirst(this.scores).map((index) => this.features[index]!);
  }

  /**
   * So many features that tell most, in their original order.
   *
   * @throws MlsecError `invalid-option` unless `count` is a whole number from 1 to the number of features.
   */
  best(count: number): string[] {
    return bestFeatures(this.features, this.scores, count);
  }

  /** So many features that tell most, as a step of a `Preprocessor`. Errors as in `best`. */
  toStep(count: number): StepSpec {
    return { step: "keepColumns", columns: this.best(count) };
  }

  /** Every feature with its information, the best first. */
  toText(): string {
    const rows = bestFirst(this.scores).map((index) => [this.features[index]!, this.scores[index]!.toFixed(4)]);
    return textTable(["feature", "nats"], rows);
  }

  toJSON(): Json {
    return { features: this.features, scores: [...this.scores] };
  }

  /** @throws MlsecError `invalid-state`. */
  static fromJSON(json: unknown): MutualInformation {
    const reader = new StateReader(json, "MutualInformation");
    const features = reader.strings("features");
    return new MutualInformation(features, reader.float64("scores", features.length));
  }
}

/**
 * The mutual information of every feature with the class, by scikit-learn's `mutual_info_classif`: from nearest
 * neighbours for continuous features (Kraskov, Stögbauer and Grassberger, 2004; Ross, 2014), from the table of values and
 * classes for discrete ones. Each feature is judged alone: two that tell only together count as nothing.
 *
 * Equal values of a continuous feature are told apart by noise of 1e-10 standard deviations, as there; the noise is drawn
 * from the seed and the feature's place. Features with many repeated values, such as counts and flags, vary with that
 * noise: declare them discrete. A constant feature tells exactly nothing. Rows whose class has no other row are left out
 * where the feature is continuous. Time is that of a sort per feature.
 *
 * @throws MlsecError `not-finite`, naming the feature; `missing-column` for a discrete feature that is not there;
 *   `length-mismatch`, `no-rows`, `no-features`, `invalid-option`, `invalid-seed`, `aborted`.
 */
export async function mutualInformation(
  matrix: FeatureMatrix,
  labels: Labels,
  options: MutualInformationOptions = {},
): Promise<MutualInformation> {
  requireLabelled(matrix, labels);
  const { neighbors = 3, discrete = [], seed = DEFAULT_SEED, signal, onProgress } = options;
  requireCount("neighbors", neighbors, 1);
  const random = Random.seeded(seed);
  const { features } = matrix;
  const tabled = new Set(discrete === "all" ? features : discrete);
  const unknown = [...tabled].filter((name) => !features.includes(name));
  if (unknown.length > 0) {
    throw new MlsecError("missing-column", `There is no feature ${listSome(unknown)} to take as discrete.`, {
      columns: unknown,
    });
  }
  throwIfAborted(signal);
  const breather = new Breather(signal);
  for (const [index, column] of matrix.columns.entries()) {
    if (breather.due()) await breather.pause();
    requireFinite(column, features[index]!, "mutual information");
  }
  const counted = rowsInCompany(labels);
  const psi = harmonicNumbers(Math.max(counted.rows.length, 1));
  const scores = new Float64Array(features.length);
  const progress = (done: number): void => onProgress?.({ what: "measure information", done, total: features.length });
  for (const [index, name] of features.entries()) {
    progress(index);
    if (breather.due()) await breather.pause();
    const column = matrix.columns[index]!;
    if (tabled.has(name)) {
      scores[index] = await tableInformation(column, labels.codes, labels.classes.length, breather);
    } else if (!column.every((value) => value === column[0])) {
      const values = await toldApart(column, counted.rows, random.fork(index), breather);
      scores[index] = await neighbourInformation(values, counted, neighbors, psi, breather);
    }
  }
  progress(features.length);
  return new MutualInformation([...features], scores);
}

function rowsInCompany(labels: Labels): CountedRows {
  const all = countClasses(labels);
  const counts = all.map((count) => (count > 1 ? count : 0));
  const rows = new Int32Array(counts.reduce((sum, count) => sum + count, 0));
  const codes = new Int32Array(rows.length);
  let next = 0;
  for (let row = 0; row < labels.codes.length; row++) {
    const code = labels.codes[row]!;
    if (counts[code] === 0) continue;
    rows[next] = row;
    codes[next++] = code;
  }
  return { rows, codes, counts };
}
