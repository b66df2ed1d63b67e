import {
  type Cell,
  type FeatureMatrix,
  LabelEncoder,
  OneHotEncoder,
  OrdinalEncoder,
  Table,
  textColumn,
} from "@mlsec/preprocess";
import { FittedForest, FittedTree } from "@mlsec/trees/score";
import { detectorOf, loadBundle } from "../../src/index.js";
import type { ImportedObject, JoblibImport } from "../../src/joblib/index.js";

/** What an imported model says of raw rows: the bundle that was made of it, or else its part. */
export async function ask(imported: JoblibImport, table: Table): Promise<object> {
  const { layout, notes, parts, bundle } = imported;
  const common = { layout, notes };
  if (bundle !== null) {
    const loaded = await loadBundle(bundle);
    const detector = detectorOf(loaded);
    const { pipeline } = loaded;
    const matrix = pipeline.preprocessor.transform(table);
    const proba =
      pipeline.kind === "attack_classifier"
        ? pipeline.model.predictProba(matrix)
        : forestOf(pipeline.model.toJSON()).predictProba({ ...matrix, features: pipeline.preprocessor.features });
    const { codes } = detector.detectColumns(table);
    return {
      ...common,
      classes: pipeline.classes,
      proba: plain(proba),
      predicted: Array.from(codes, (code) => pipeline.classes[code]),
      matrix: rowsOf(matrix),
    };
  }
  if (layout === "threat-training") {
    return {
      ...common,
      matrix: rowsOf(parts.preprocessor!.transform(table)),
      networks: parts.networks.map(({ bytes }) => Buffer.from(bytes).toString("hex")),
    };
  }
  const errors = notes.filter(({ severity, what }) => severity === "error" && what !== "no-bundle");
  if (errors.length > 0 && parts.objects.size === 0) throw new Error(JSON.stringify(errors));
  return { ...common, ...askParts(imported, table) };
}

function askParts({ parts, layout }: JoblibImport, table: Table): object {
  const own = parts.objects.get("");
  if (own !== undefined) return askObject(own, table);
  if (layout !== "object" || parts.preprocessor === null) throw new Error("no object was made");
  const matrix = parts.preprocessor.transform(table);
  const [model] = [...parts.objects.values()].filter((object) => object instanceof FittedForest);
  const last = model === undefined ? {} : askObject(model, null, { ...matrix, features: model.features });
  return { ...last, matrix: rowsOf(matrix) };
}

function askObject(object: ImportedObject, table: Table | null, given?: FeatureMatrix): object {
  if (object instanceof FittedTree || object instanceof FittedForest) {
    const matrix = given ?? matrixOf(table!, object.features);
    const codes = object.predict(matrix);
    const row = matrix.columns.map((column) => column[0]!);
    const [alone, together] = [object.probaRow(row), object.predictProba(matrix)];
    if (alone.some((share, place) => share !== together[place])) throw new Error("one row scores otherwise alone");
    return { proba: plain(together), predicted: Array.from(codes, (code) => object.classes[code]) };
  }
  if (object instanceof LabelEncoder)
    return { codes: Array.from(object.transform(table!.texts(table!.names[0]!)).codes) };
  if (object instanceof OrdinalEncoder || object instanceof OneHotEncoder)
    return { matrix: rowsOf(object.transform(table!)) };
  return { matrix: rowsOf(object.transform(matrixOf(table!, object.features))) };
}

/** The forest of a threat detector's only member. */
function forestOf(state: unknown): FittedForest {
  return FittedForest.fromJSON((state as { members: { forest: unknown }[] }).members[0]!.forest);
}

/** @param columns of raw rows; null is missing. */
export function tableOf(columns: Readonly<Record<string, readonly Cell[]>>): Table {
  return Table.of(
    Object.entries(columns).map(([name, cells]) => [
      name,
      cells.some((cell) => typeof cell === "string")
        ? textColumn(cells as (string | null)[])
        : { kind: "number", values: Float64Array.from(cells, (cell) => (cell as number | null) ?? Number.NaN) },
    ]),
  );
}

function matrixOf(table: Table, features: readonly string[]): FeatureMatrix {
  return { rows: table.rows, features, columns: features.map((name) => table.numbers(name)) };
}

function rowsOf({ rows, columns }: FeatureMatrix): number[] {
  return Array.from({ length: rows }, (_, row) => columns.map((column) => column[row]!)).flat();
}

/** JSON has no NaN; it writes null. */
function plain(values: Float64Array): number[] {
  return Array.from(values);
}
