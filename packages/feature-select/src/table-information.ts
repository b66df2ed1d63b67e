import type { Breather } from "@mlsec/preprocess";
import { log } from "@mlsec/preprocess/numeric";
import { sortedKeysPausing } from "./sorted-keys.js";

/**
 * Mutual information, in nats, of a feature of discrete values and a class, from how often they occur together
 * (scikit-learn's `mutual_info_score`): ln N + (Σ nᵥᶜ ln nᵥᶜ − Σ nᵥ ln nᵥ − Σ nᶜ ln nᶜ) / N.
 */
export async function tableInformation(
  column: Float64Array,
  codes: Int32Array,
  classes: number,
  breather: Breather,
): Promise<number> {
  const { rows, high, low } = await sortedKeysPausing(column, breather);
  const count = rows.length;
  const ofClass = new Int32Array(classes);
  for (const code of codes) ofClass[code]!++;
  const together = new Int32Array(classes);
  let sum = count * log(count);
  for (const size of ofClass) sum -= timesLog(size);
  for (let from = 0; from < count; ) {
    together.fill(0);
    let to = from;
    for (; to < count && high[to] === high[from] && low[to] === low[from]; to++) together[codes[rows[to]!]!]!++;
    // A value alone in the table, as a constant has, adds nothing, and exactly so.
    if (to - from === count) return 0;
    for (const size of together) sum += timesLog(size);
    sum -= timesLog(to - from);
    from = to;
  }
  return Math.max(0, sum / count);
}

function timesLog(size: number): number {
  return size > 1 ? size * log(size) : 0;
}
