import type { Random } from "@mlsec/preprocess/numeric";

/** One way to attack a reader. A target is a file of this folder's `targets.ts` list. */
export interface FuzzTarget {
  readonly name: string;
  /** Most bytes that the process may hold while the target runs, its runtime included. */
  readonly maxPeakMB: number;
  /**
   * Makes one input of the random numbers and reads it. Resolves to the kind of the outcome: "ok", or the code of the
   * MlsecError that refused the input. Rejects with whatever else was thrown.
   */
  readonly runCase: (random: Random) => Promise<string>;
  /** The input that `runCase` would make, for the report of a failure. */
  readonly describe: (random: Random) => string;
}
