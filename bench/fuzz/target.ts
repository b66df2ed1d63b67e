import type { Random } from "@mlsec/preprocess/numeric";

/** One way to attack a reader. A target is a file of this folder's `targets.ts` list. */
export interface FuzzTarget {
  readonly name: string;
  /** Most bytes that the process may hold while the target runs, its runtime included. */
  readonly maxPeakMB: number;
  /**
   * Makes one input of the random numbers and reads it. Resolves to the kind of the outcome: "ok", or the code of the
   * MlsecError that refused the input. Rejects with whatever else was thrown.
   *
   * @param index the case's number, by which a target can go through all inputs of a kind.
   */
  readonly runCase: (random: Random, index: number) => Promise<string>;
  /** The input that `runCase` would make, for the report of a failure. */
  readonly describe: (random: Random, index: number) => string | Promise<string>;
  /** More lines of the report, each a word and what it is of. */
  readonly report?: () => readonly string[];
}
