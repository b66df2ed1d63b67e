import type { Calibration } from "@mlsec/evaluate";
import { type Cell, MlsecError, Preprocessor, type State, stratifiedSplit } from "@mlsec/preprocess";
import {
  type CalibrationMethod,
  combinedEnsemble,
  fittedCalibration,
  fittedVotes,
  meanOf,
  type Voting,
} from "./combined-ensemble.js";
import { type Connections, takeConnections } from "./connections.js";
import { type FittedEnsemble, logitOf } from "./fitted-ensemble.js";
import { type FittedFold, type FoldCheckpoint, type FoldOptions, fitFold, type Part, scoresOf } from "./fold.js";
import { type FoldBy, foldRows } from "./fold-rows.js";
import { equalVotes, type MemberName } from "./members/member.js";

export interface DetectorOptions extends Omit<FoldOptions, "fold" | "onCheckpoint" | "resume"> {
  /** How many folds; null for none. */
  readonly folds: number | null;
  readonly foldBy: FoldBy;
  readonly voting: Voting;
  readonly calibration: CalibrationMethod;
  /** Told the checkpoints of all folds begun so far. */
  readonly onCheckpoint: ((folds: readonly State[]) => void | Promise<void>) | undefined;
  /** Of the folds that were begun. */
  readonly resume: readonly FoldCheckpoint[];
}

/** A detector but for its threshold. */
export interface FittedDetector {
  readonly preprocessor: Preprocessor;
  readonly model: FittedEnsemble;
  /** Each fold's selected features; one list where there are no folds. */
  readonly selectedFeatures: readonly (readonly string[])[];
  readonly votes: ReadonlyMap<MemberName, number>;
  /** The cells of a typical normal row, in the order of the preprocessor's inputs. */
  readonly baseline: readonly Cell[];
  /** Rows with scores of members that had not learnt from them: their labels in the file, classes, and calibrated means. */
  readonly heldOut: {
    readonly types: readonly string[];
    readonly isAttack: Int32Array;
    readonly scores: Float64Array;
  };
}

/** What remains of a fold's training rows to learn from; the others tell when to stop. */
const LEARNT = 0.85;

/**
 * Fits a detector on training rows, and chooses votes and calibration on rows that had no part in the fit: the validation
 * rows; or, with folds, every row by the members of the fold that left it out. All folds' members are then the detector.
 *
 * @param validation null with folds, and only then.
 */
export async function fitDetector(
  train: Connections,
  validation: Connections | null,
  options: DetectorOptions,
): Promise<FittedDetector> {
  const { voting, calibration: method } = options;
  const { folds, typical, isAttack, scores } =
    options.folds !== null
      ? await fitFolds(train, { ...options, folds: options.folds })
      : await fitOnce(train, validation!, options);
  const votes = votesOf(voting, isAttack, scores);
  const means = meanOf(scores, votes);
  const calibration = fittedCalibration(method, isAttack, means);
  const parts = new Map(folds.flatMap((fold) => [...fold.parts]));
  const preprocessor = unionOf(parts);
  return {
    preprocessor,
    model: combinedEnsemble(new Map([...parts].map(([name, { model }]) => [name, model])), { votes, calibration }),
    selectedFeatures: folds.map(({ selectedFeatures }) => selectedFeatures),
    votes,
    baseline: preprocessor.inputs.map(({ name }) => typical.features.cell(name, folds[0]!.typicalRow)),
    heldOut: { types: (validation ?? train).types, isAttack, scores: calibratedAll(calibration, means) },
  };
}

interface Fitted {
  readonly folds: readonly FittedFold[];
  /** The training rows of the first fold. */
  readonly typical: Connections;
  readonly isAttack: Int32Array;
  readonly scores: ReadonlyMap<MemberName, Float64Array>;
}

async function fitOnce(train: Connections, validation: Connections, options: DetectorOptions): Promise<Fitted> {
  const { onCheckpoint, resume } = options;
  const fold = await fitFold(train, validation, {
    ...options,
    fold: null,
    onCheckpoint: onCheckpoint && ((state) => onCheckpoint([state])),
    resume: resume[0],
  });
  const { codes } = validation.labels;
  return { folds: [fold], typical: train, isAttack: codes, scores: scoresOf(fold.parts.values(), validation) };
}

async function fitFolds(rows: Connections, options: DetectorOptions & { folds: number }): Promise<Fitted> {
  const { folds: count, onCheckpoint, resume } = options;
  const splits = foldRows(rows, options.foldBy, { folds: count, seed: options.seed });
  const begun: State[] = [];
  const folds: FittedFold[] = [];
  const scores = new Map<MemberName, Float64Array>();
  let typical: Connections | null = null;
  for (const [index, { train, test }] of splits.entries()) {
    const own = takeConnections(rows, train);
    const [learnt, stop] = stratifiedSplit(own.labels, [LEARNT, 1 - LEARNT], options.seed).map((of) =>
      takeConnections(own, of),
    );
    typical ??= learnt!;
    const fold = await fitFold(learnt!, stop!, {
      ...options,
      // Every fold's members start from other weights.
      seed: options.seed + 1000 * index,
      fold: index + 1,
      onCheckpoint:
        onCheckpoint &&
        ((state) => {
          begun[index] = state;
          return onCheckpoint([...begun]);
        }),
      resume: resume[index],
    });
    if (resume[index] !== undefined) begun[index] ??= { ...resume[index] } as State;
    folds.push(fold);
    for (const [name, own] of scoresOf(fold.parts.values(), takeConnections(rows, test))) {
      const all = scores.get(name) ?? new Float64Array(rows.labels.codes.length);
      for (const [at, row] of test.entries()) all[row] = own[at]!;
      scores.set(name, all);
    }
  }
  return { folds, typical: typical!, isAttack: rows.labels.codes, scores };
}

function votesOf(
  voting: Voting,
  isAttack: Int32Array,
  scores: ReadonlyMap<MemberName, Float64Array>,
): ReadonlyMap<MemberName, number> {
  if (voting === "equal") return equalVotes(scores.keys());
  if (voting === "fitted") return fittedVotes(isAttack, scores);
  const total = [...scores.keys()].reduce((sum, name) => sum + voting[name]!, 0);
  return new Map([...scores.keys()].map((name) => [name, voting[name]! / total]));
}

function unionOf(parts: ReadonlyMap<string, Part>): Preprocessor {
  const [first] = parts.values();
  if (first === undefined) throw new MlsecError("invalid-option", "A detector needs a member.");
  if (parts.size === 1) return first.preprocessor;
  return Preprocessor.union(new Map([...parts].map(([name, { preprocessor }]) => [name, preprocessor])));
}

function calibratedAll(calibration: Calibration | null, means: Float64Array): Float64Array {
  return calibration === null ? means : calibration.calibrateAll(means.map(logitOf));
}
