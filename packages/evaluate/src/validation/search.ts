import { DEFAULT_SEED, MlsecError, type Progress } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { invalidOption } from "../options.js";
import { crossValidate, type Fold, type FoldContext, type FoldScores, type ScoreOfFolds } from "./cross-validate.js";

/** The values of every parameter that are to be tried. */
export type ParameterGrid<Parameters> = { readonly [Name in keyof Parameters]: readonly Parameters[Name][] };

export interface Search<Parameters> {
  readonly folds: readonly Fold[];
  /** As of `crossValidate`, with the parameters to be tried. */
  readonly evaluate: (parameters: Parameters, fold: Fold, context: FoldContext) => FoldScores | Promise<FoldScores>;
  /** The score whose mean decides; higher is better. */
  readonly by: string;
  /** As of `crossValidate`. */
  readonly atOnce?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after each candidate. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** One choice of parameters, and how it did. */
export interface Candidate<Parameters> {
  readonly parameters: Parameters;
  readonly scores: Readonly<Record<string, ScoreOfFolds>>;
  /** 1 for the best; candidates of equal mean have equal ranks; NaN ranks last. */
  readonly rank: number;
}

/** What a search found. */
export interface SearchResult<Parameters> {
  /** The first of the best. Its score is the best of many on these folds: measure it on other rows. */
  readonly best: Candidate<Parameters>;
  /** All, in the order in which they were tried. */
  readonly candidates: readonly Candidate<Parameters>[];
}

/**
 * Tries every combination of the parameters' values, the last parameter's fastest, each on the same folds.
 *
 * @throws MlsecError `invalid-option`, `score-mismatch`, `aborted`, and what `evaluate` throws.
 */
export async function gridSearch<Parameters extends object>(
  grid: ParameterGrid<Parameters>,
  search: Search<Parameters>,
): Promise<SearchResult<Parameters>> {
  const axes = checkedAxes(grid);
  return tried(combinations(axes), (index) => combination(axes, index), search);
}

/**
 * Tries some of the combinations of the parameters' values, drawn at random, none twice (Bergstra and Bengio, 2012): all
 * of them where there are no more.
 *
 * @param options `candidates`: how many, at least 1. `seed`: default 42.
 * @throws MlsecError `invalid-option`, `invalid-seed`, `score-mismatch`, `aborted`, and what `evaluate` throws.
 */
export async function randomSearch<Parameters extends object>(
  grid: ParameterGrid<Parameters>,
  search: Search<Parameters>,
  { candidates, seed = DEFAULT_SEED }: { readonly candidates: number; readonly seed?: number | undefined },
): Promise<SearchResult<Parameters>> {
  const axes = checkedAxes(grid);
  if (!Number.isSafeInteger(candidates) || candidates < 1) {
    throw invalidOption("candidates", "a whole number of at least 1", candidates);
  }
  const total = combinations(axes);
  const random = Random.seeded(seed);
  const drawn = new Set<number>();
  // Floyd's sample without replacement (Bentley, 1987): as many draws as candidates, however many combinations there are.
  for (let last = Math.max(0, total - candidates); last < total; last++) {
    const draw = random.below(last + 1);
    drawn.add(drawn.has(draw) ? last : draw);
  }
  const order = random.shuffle([...drawn]);
  return tried(order.length, (turn) => combination(axes, order[turn]!), search);
}

type Axis = readonly [name: string, values: readonly unknown[]];

/** Most combinations: they are numbered by 32 bits. */
const MOST_COMBINATIONS = 4294967296;

function checkedAxes(grid: object): Axis[] {
  const axes = Object.entries(grid) as Axis[];
  for (const [name, values] of axes) {
    if (!Array.isArray(values) || values.length === 0)
      throw invalidOption(name, "a list of at least one value", values);
  }
  if (combinations(axes) > MOST_COMBINATIONS) {
    throw invalidOption("grid", `at most ${MOST_COMBINATIONS} combinations`, combinations(axes));
  }
  return axes;
}

function combinations(axes: readonly Axis[]): number {
  return axes.reduce((product, [, values]) => product * values.length, 1);
}

function combination<Parameters>(axes: readonly Axis[], index: number): Parameters {
  let rest = index;
  const chosen = [...axes].reverse().map(([name, values]) => {
    const value = values[rest % values.length];
    rest = Math.floor(rest / values.length);
    return [name, value];
  });
  return Object.fromEntries(chosen.reverse()) as Parameters;
}

async function tried<Parameters extends object>(
  total: number,
  candidateAt: (turn: number) => Parameters,
  { folds, evaluate, by, atOnce, signal, onProgress }: Search<Parameters>,
): Promise<SearchResult<Parameters>> {
  const results: { parameters: Parameters; scores: Record<string, ScoreOfFolds>; mean: number }[] = [];
  for (let turn = 0; turn < total; turn++) {
    const parameters = candidateAt(turn);
    const scores = await crossValidate({
      folds,
      evaluate: (fold, context) => evaluate(parameters, fold, context),
      atOnce,
      signal,
    });
    const mean = scores[by]?.mean;
    if (mean === undefined) {
      throw new MlsecError(
        "score-mismatch",
        `There is no score ${JSON.stringify(by)} to search by: folds give ${Object.keys(scores).join(", ")}.`,
        { expected: by, got: Object.keys(scores) },
      );
    }
    results.push({ parameters, scores, mean: Number.isNaN(mean) ? Number.NEGATIVE_INFINITY : mean });
    onProgress?.({ what: "search", done: results.length, total });
  }
  const candidates = results.map(
    ({ parameters, scores, mean }): Candidate<Parameters> => ({
      parameters,
      scores,
      rank: 1 + results.filter((other) => other.mean > mean).length,
    }),
  );
  return { best: candidates.find(({ rank }) => rank === 1)!, candidates };
}
