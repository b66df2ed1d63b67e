import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { encodeLabels, Preprocessor, trainTestSplit } from "@mlsec/preprocess";
import { readCsvFile } from "@mlsec/preprocess/node";
import { Random } from "@mlsec/preprocess/numeric";
import { ARCHITECTURES, BACKEND_FEATURES, initialWeights } from "@mlsec/threat-ensemble";
import type { BenchCase, BenchContext, BenchRow } from "../case.ts";
import { alternate, benchContender, nodeContender, rowOf } from "../measure.ts";
import { writeJob } from "./networks.ts";

const script = (name: string): URL => new URL(`./contenders/${name}`, import.meta.url);

/** A case on the real connections. */
function onTrainData(
  name: string,
  measure: (context: BenchContext, file: string) => Promise<readonly BenchRow[]>,
): BenchCase {
  return {
    name,
    run: async (context) => {
      const folder = process.env.MLSEC_DATA;
      if (folder !== undefined) return measure(context, join(folder, "nsl-kdd/Train_data.csv"));
      context.say("left out: MLSEC_DATA does not say where the data is");
      return [];
    },
  };
}

/** Writes the reference's two trainings on the rows that a split of 60/20/20 leaves. @returns how many rows. */
async function writeReference(folder: string, file: string): Promise<number> {
  const table = await readCsvFile(file);
  const features = table.drop(["class"]);
  const labels = encodeLabels(table.texts("class") as string[]);
  const { train } = trainTestSplit(table.rows, { testSize: 0.4, stratify: labels });
  const { columns } = Preprocessor.fit(features.take(train), [
    { step: "keepColumns", columns: BACKEND_FEATURES },
    { step: "ordinalEncode" },
    { step: "standardScale" },
  ]).transform(features.take(train));
  const inputs = Float32Array.from({ length: train.length * columns.length }, (_, i) => {
    return columns[i % columns.length]![Math.floor(i / columns.length)]!;
  });
  const targets = Float32Array.from(train, (row) => labels.codes[row]!);
  for (const [member, steps, width] of [
    ["ann", 1, columns.length],
    ["lstm", columns.length, 1],
  ] as const) {
    const { layers, batchSize } = ARCHITECTURES.reference[member];
    const spec = { steps, width, layers };
    mkdirSync(join(folder, member));
    const weights = initialWeights(spec, Random.seeded(42));
    writeJob(join(folder, member), { title: member, spec, batchSize }, weights, inputs, targets);
  }
  return train.length;
}

/** The detector as a whole: its training beside the Keras reference's, and what one connection takes. */
export const detectorCases: readonly BenchCase[] = [
  onTrainData("fit-default", async ({ full, folder }, file) => {
    const rows = await writeReference(folder, file);
    const reference = full ? benchContender("Keras reference", script("keras_reference.py"), folder) : null;
    const contenders = [
      nodeContender("mlsec", script("detector.mjs"), "fit", file),
      ...(reference === null ? [] : [reference]),
    ];
    const medians = await alternate(contenders, full ? 3 : 1);
    const size = `${rows} rows of Train_data.csv, features given, 1 thread`;
    return [rowOf("fit-default", size, "s", medians, ({ seconds }) => seconds)];
  }),
  ...(["score", "explain"] as const).map((job) =>
    onTrainData(`${job}-row-compact`, async ({ full }, file) => {
      const medians = await alternate([nodeContender("mlsec", script("detector.mjs"), job, file)], full ? 5 : 1);
      const size = "one connection, transformation included, median";
      return [rowOf(`${job}-row-compact`, size, "µs", medians, ({ seconds }) => seconds * 1e6)];
    }),
  ),
];
