import type { Cell } from "@mlsec/preprocess";
import type { TrafficVerdict } from "../shared/live/traffic-verdict.js";
import type { UnseenCategory } from "./row-observer.js";

/** What the page shows of the verdicts on a whole CSV or capture: plain data, so that it can come from a worker. */
export interface Scores {
  /** What has a verdict each. */
  readonly unit: "rows" | "flows" | "connections";
  readonly rows: number;
  /** Those without a verdict, and what is said of them. */
  readonly refused: { readonly rows: number; readonly text: string } | null;
  readonly attacks: number;
  /** The classes that occur, the most frequent first. */
  readonly classes: readonly ClassCount[];
  /** How many classes the models know that do not occur. */
  readonly absentClasses: number;
  /** The first rows, and the first of every class (and of those without a verdict), in their order. */
  readonly shown: readonly ShownRow[];
  readonly unseen: readonly UnseenCategory[];
  /** What a person should know before trusting the verdicts. */
  readonly warnings: readonly string[];
  /** What of the file was judged, and what was left out. */
  readonly notes: readonly string[];
  /** See `scoresDigest`. */
  readonly digest: string | null;
}

export interface ClassCount {
  readonly name: string;
  readonly rows: number;
  readonly isAttack: boolean;
}

export interface ShownRow extends TrafficVerdict {
  /** The row's place among all, from 0. */
  readonly at: number;
  /** What the model read; null of two stages. */
  readonly cells: readonly Cell[] | null;
}
