import { rocAuc } from "@mlsec/evaluate";
import type { FeatureImportances } from "@mlsec/evaluate/report";
import { permutationImportance } from "@mlsec/feature-select";
import { featureMatrix, type Progress, stratifiedSplit, Table, takeLabels } from "@mlsec/preprocess";
import type { TrainedThreatDetector } from "@mlsec/threat-ensemble";

/** Test rows that are enough to tell the columns apart. */
const ROWS = 2000;

/**
 * How much a detector relies on each column that it reads: how far the area under its ROC curve falls when the cells of the
 * column, be they numbers or categories, are shuffled among test rows.
 */
export async function columnImportance(
  { pipeline: { preprocessor, model }, test }: TrainedThreatDetector,
  options: { readonly seed: number; readonly signal: AbortSignal; readonly onProgress: (progress: Progress) => void },
): Promise<FeatureImportances> {
  const { rows: all } = test.features;
  const rows =
    all <= ROWS
      ? Int32Array.from({ length: all }, (_, row) => row)
      : stratifiedSplit(test.labels, [ROWS / all, 1 - ROWS / all], options.seed)[0]!;
  const names = preprocessor.inputs.map(({ name }) => name);
  // What is shuffled are the numbers of rows, from which the cells then come: a category is no number.
  const places = featureMatrix(
    names,
    names.map(() => Float64Array.from(rows)),
  );
  const scorer = (_: unknown, shuffled: typeof places, { codes }: { readonly codes: Int32Array }): number => {
    const columns = names.map((name, index) => {
      const cells = test.features.select([name]).take(Int32Array.from(shuffled.columns[index]!));
      return [name, cells.column(name)] as const;
    });
    return rocAuc(codes, model.predictProba(preprocessor.transform(Table.of(columns))));
  };
  const nothing = { predict: () => [] };
  const importance = await permutationImportance(nothing, places, takeLabels(test.labels, rows), {
    ...options,
    scorer,
  });
  const { means, sds, falls } = importance;
  return {
    measure: `mean fall of the area under the ROC curve when a column's cells are shuffled among ${rows.length} test rows, ${falls[0]?.length} times; columns that stand in for each other all look unimportant`,
    features: names.map((feature, index) => ({ feature, importance: means[index]!, sd: sds[index]! })),
  };
}
