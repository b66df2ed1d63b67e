/** One measured quantity, ours beside the peers'. */
export interface BenchRow {
  readonly case: string;
  /** What was measured on, in words: "100 MB, 79 columns". */
  readonly size: string;
  readonly unit: "s" | "µs" | "MB" | "rows/s" | "packets/s" | "GFLOP/s" | "ns per n log₂ n" | "‰ wrong";
  /** Our median. */
  readonly ours: number;
  /** The peers' medians by name. */
  readonly peers: Readonly<Record<string, number>>;
  /** Our time ÷ theirs (rates inverted), so that less is better for us. */
  readonly ratio: Readonly<Record<string, number>>;
}

export interface BenchContext {
  /** The published sizes, for which the thresholds hold; else small ones, to see that all works. */
  readonly full: boolean;
  /** A temporary folder, removed afterwards. */
  readonly folder: string;
  readonly say: (text: string) => void;
}

/** A group is a folder `bench/<group>/index.ts` that exports `cases`, a list of these. */
export interface BenchCase {
  readonly name: string;
  /** Whether it takes `--full`. */
  readonly needsFull?: boolean;
  readonly run: (context: BenchContext) => Promise<readonly BenchRow[]>;
}
