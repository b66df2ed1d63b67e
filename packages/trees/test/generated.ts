import { type FeatureMatrix, featureMatrix, type Labels } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { expect } from "vitest";

/** Features f0, f1, … from columns. */
export function matrixOf(columns: readonly (readonly number[])[]): FeatureMatrix {
  return featureMatrix(
    columns.map((_, index) => `f${index}`),
    columns.map((column) => Float64Array.from(column)),
  );
}

/** Classes a, b, c, … from codes. */
export function labelsOf(codes: readonly number[], classes = Math.max(...codes) + 1): Labels {
  return {
    codes: Int32Array.from(codes),
    classes: Array.from({ length: classes }, (_, index) => String.fromCharCode(97 + index)),
  };
}

/** Normal clouds, one per class, that overlap on the first half of the features; the other half is noise. */
export function clouds(rows: number, features: number, classes: number, seed: number) {
  const random = Random.seeded(seed);
  const codes = Array.from({ length: rows }, () => random.below(classes));
  const centre = Array.from({ length: classes }, () => Array.from({ length: features }, () => 1.5 * random.normal()));
  const columns = Array.from({ length: features }, (_, feature) =>
    codes.map((code) => random.normal() + (feature < features / 2 ? centre[code]![feature]! : 0)),
  );
  return { matrix: matrixOf(columns), labels: labelsOf(codes, classes) };
}

/** Share of rows whose prediction is right. */
export function accuracy(predicted: Int32Array, { codes }: Labels): number {
  return predicted.filter((code, row) => code === codes[row]).length / codes.length;
}

/** Equal to a share of the expected value, or of 1 where that is smaller. */
export function expectClose(actual: ArrayLike<number>, expected: readonly number[], relative: number): void {
  expect(actual.length).toBe(expected.length);
  for (const [index, value] of expected.entries()) {
    expect(Math.abs(actual[index]! - value), `at ${index}`).toBeLessThanOrEqual(
      relative * Math.max(1, Math.abs(value)),
    );
  }
}
