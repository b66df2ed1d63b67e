import { quantileOfSorted } from "@mlsec/preprocess";
import { requireCodes, requireProbabilities, requireSameRows } from "../checks.js";
import { firstNotBelow } from "../first-not-below.js";
import { invalidOption } from "../options.js";

export interface CalibrationCurveOptions {
  /** How many bins, at least 1; default 5. */
  readonly bins?: number | undefined;
  /** Bins of equal width (default), or of about equally many rows. */
  readonly strategy?: "uniform" | "quantile" | undefined;
}

/** How probabilities compare with what came true: one entry per bin that has rows, from the lowest probabilities up. */
export interface CalibrationCurve {
  /** The mean probability of the bin's rows. */
  readonly predicted: Float64Array;
  /** The share of them that is positive. */
  readonly observed: Float64Array;
  /** How many rows there are. */
  readonly rows: Int32Array;
}

/**
 * The calibration curve (reliability diagram) of probabilities; scikit-learn's `calibration_curve`. A bin holds what is
 * above its lower end and at most its upper end; the first one its lower end, too.
 *
 * @param isPositive 1 for a row of the positive class, 0 for any other.
 * @param probabilities one probability of the positive class per row.
 * @throws MlsecError `length-mismatch`, `no-rows`, `code-out-of-range`, `not-finite`, `not-a-probability` or
 * `invalid-option`.
 */
export function calibrationCurve(
  isPositive: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  { bins = 5, strategy = "uniform" }: CalibrationCurveOptions = {},
): CalibrationCurve {
  if (!Number.isSafeInteger(bins) || bins < 1) throw invalidOption("bins", "a positive integer", bins);
  if (strategy !== "uniform" && strategy !== "quantile") {
    throw invalidOption("strategy", '"uniform" or "quantile"', strategy);
  }
  requireSameRows(isPositive, probabilities, "isPositive", "probabilities");
  requireCodes(isPositive, 2, "isPositive");
  requireProbabilities(probabilities, "probabilities");
  const sorted = Float64Array.from(probabilities).sort();
  const inner = Float64Array.from({ length: bins - 1 }, (_, i) =>
    // As numpy's linspace rounds it.
    strategy === "uniform" ? (i + 1) * (1 / bins) : quantileOfSorted(sorted, (i + 1) / bins),
  );
  const sums = new Float64Array(bins);
  const hits = new Int32Array(bins);
  const rows = new Int32Array(bins);
  for (let row = 0; row < probabilities.length; row++) {
    const bin = firstNotBelow(inner, probabilities[row]!);
    sums[bin]! += probabilities[row]!;
    hits[bin]! += isPositive[row]!;
    rows[bin]!++;
  }
  const filled = Array.from(rows.keys()).filter((bin) => rows[bin]! > 0);
  return {
    predicted: Float64Array.from(filled, (bin) => sums[bin]! / rows[bin]!),
    observed: Float64Array.from(filled, (bin) => hits[bin]! / rows[bin]!),
    rows: Int32Array.from(filled, (bin) => rows[bin]!),
  };
}
