import { Breather, DEFAULT_SEED, type FitOptions, quantileOfSorted } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { normalTailPoint } from "./normal-quantile.js";
import { invalidOption } from "./options.js";

/** Between which numbers a quantity probably lies. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Wilson's interval of a share (1927): what, say, a recall of 9 of 10 may be on the next rows. It stays within 0 and 1 and
 * is honest for few trials, where the usual ± is not: 10 of 10 gives 0.72 to 1.
 *
 * @param successes a whole number from 0 to `trials`.
 * @param trials a whole number; 0 gives 0 to 1, for nothing is known then.
 * @param confidence between 0 and 1; default 0.95.
 * @throws MlsecError `invalid-option`.
 */
export function wilsonInterval(successes: number, trials: number, confidence = 0.95): Interval {
  requireConfidence(confidence);
  if (!Number.isSafeInteger(trials) || trials < 0)
    throw invalidOption("trials", "a whole number of at least 0", trials);
  if (!Number.isSafeInteger(successes) || successes < 0 || successes > trials) {
    throw invalidOption("successes", `a whole number from 0 to ${trials}`, successes);
  }
  if (trials === 0) return { low: 0, high: 1 };
  const z = normalTailPoint((1 - confidence) / 2);
  const failures = trials - successes;
  const middle = successes + (z * z) / 2;
  const reach = z * Math.sqrt((successes * failures) / trials + (z * z) / 4);
  return {
    low: successes === 0 ? 0 : (middle - reach) / (trials + z * z),
    high: failures === 0 ? 1 : (middle + reach) / (trials + z * z),
  };
}

export interface BootstrapOptions extends FitOptions {
  /** How many samples are drawn; default 1,000. */
  readonly samples?: number | undefined;
  /** Between 0 and 1; default 0.95. */
  readonly confidence?: number | undefined;
}

/** An interval found by drawing samples. */
export interface BootstrapInterval extends Interval {
  /** Samples for which there is no statistic (NaN), such as those without a row of some class. They are left out. */
  readonly undefinedSamples: number;
}

/**
 * The percentile bootstrap interval of any statistic (Efron, 1979): the statistic is computed on samples of as many rows,
 * drawn with replacement. The same for a seed everywhere. NaN to NaN where no sample has the statistic.
 *
 * @param rows how many rows there are, at least 1.
 * @param statistic the number that the rows of these indices give; NaN where they give none. The array is used again.
 * @throws MlsecError `invalid-option`, `invalid-seed`, `aborted`, and what the statistic throws.
 */
export async function bootstrapInterval(
  rows: number,
  statistic: (sample: Int32Array) => number,
  { samples = 1000, confidence = 0.95, seed = DEFAULT_SEED, signal, onProgress }: BootstrapOptions = {},
): Promise<BootstrapInterval> {
  requireConfidence(confidence);
  if (!Number.isSafeInteger(rows) || rows < 1) throw invalidOption("rows", "a whole number of at least 1", rows);
  if (!Number.isSafeInteger(samples) || samples < 1) {
    throw invalidOption("samples", "a whole number of at least 1", samples);
  }
  const random = Random.seeded(seed);
  const breather = new Breather(signal);
  const sample = new Int32Array(rows);
  const values: number[] = [];
  for (let done = 0; done < samples; done++) {
    if (breather.due()) {
      onProgress?.({ what: "bootstrap", done, total: samples });
      await breather.pause();
    }
    for (let i = 0; i < rows; i++) sample[i] = random.below(rows);
    const value = statistic(sample);
    if (!Number.isNaN(value)) values.push(value);
  }
  const sorted = Float64Array.from(values).sort();
  return {
    low: quantileOfSorted(sorted, (1 - confidence) / 2),
    high: quantileOfSorted(sorted, (1 + confidence) / 2),
    undefinedSamples: samples - values.length,
  };
}

function requireConfidence(confidence: number): void {
  if (!(confidence > 0 && confidence < 1)) throw invalidOption("confidence", "a number between 0 and 1", confidence);
}
