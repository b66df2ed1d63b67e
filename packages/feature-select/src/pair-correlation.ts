import { averageRanks } from "./average-ranks.js";
import { standardisation } from "./standardisation.js";

/** Of the values (Pearson) or of their ranks (Spearman). */
export type CorrelationMethod = "pearson" | "spearman";

/** The correlation of two columns over the rows that have both; NaN where one of them is constant on these rows. */
export function pairCorrelation(a: Float64Array, b: Float64Array, method: CorrelationMethod): number {
  let count = 0;
  let x: Float64Array = new Float64Array(a.length);
  let y: Float64Array = new Float64Array(b.length);
  for (let row = 0; row < a.length; row++) {
    if (Number.isNaN(a[row]!) || Number.isNaN(b[row]!)) continue;
    x[count] = a[row]!;
    y[count++] = b[row]!;
  }
  x = x.subarray(0, count);
  y = y.subarray(0, count);
  if (method === "spearman") {
    x = averageRanks(x);
    y = averageRanks(y);
  }
  const ofX = standardisation(x, "")!;
  const ofY = standardisation(y, "")!;
  if (ofX.unit === 0 || ofY.unit === 0) return Number.NaN;
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < count; i++) {
    const u = (x[i]! * ofX.scale - ofX.origin - ofX.shift) * ofX.unit;
    const v = (y[i]! * ofY.scale - ofY.origin - ofY.shift) * ofY.unit;
    xx += u * u;
    yy += v * v;
    xy += u * v;
  }
  return Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
}
