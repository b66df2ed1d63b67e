import { readFileSync } from "node:fs";
import { type Cell, fingerprintTable, Table } from "@mlsec/preprocess";
import { FittedTree } from "@mlsec/trees/score";
import { describe, expect, it } from "vitest";
import { loadDetector, validateBundle } from "../../src/index.js";
import { NO_TABLE } from "../../src/joblib/assemble.js";
import { type ImportJoblibOptions, importJoblib, type JoblibImport } from "../../src/joblib/index.js";
import { ask, tableOf } from "./ask.js";

interface Fixture {
  readonly name: string;
  readonly file: string;
  readonly table: Readonly<Record<string, readonly Cell[]>>;
  readonly options: ImportJoblibOptions;
  readonly classes: readonly string[] | null;
  readonly proba: readonly number[];
  readonly notes: readonly string[];
}

/** Made by interop/make_joblib_fixtures.py, and by interop/old_joblib_fixtures.py with scikit-learn 1.2 and 1.3. */
const cases = ["models", "old-models", "models-1.3"].flatMap((name) => {
  const path = new URL(`../fixtures/joblib/${name}.json`, import.meta.url);
  return (JSON.parse(readFileSync(path, "utf8")) as { readonly cases: readonly Fixture[] }).cases;
});

function fixture(begin: string): Fixture & { readonly bytes: Uint8Array } {
  const found = cases.find(({ name }) => name.startsWith(begin))!;
  return { ...found, bytes: new Uint8Array(Buffer.from(found.file, "base64")) };
}

const whats = ({ notes }: JoblibImport): string[] => notes.map(({ what }) => what);

describe.each(cases)("a model of scikit-learn: $name", ({ file, table, options, classes, proba, notes }) => {
  it("answers as it does there, to the last bit", async () => {
    const imported = await importJoblib(new Uint8Array(Buffer.from(file, "base64")), options);
    const said = (await ask(imported, tableOf(table))) as { proba?: number[]; matrix?: number[]; classes?: string[] };
    expect(whats(imported)).toEqual(expect.arrayContaining([...notes]));
    if (classes === null) {
      expect(said.matrix).toEqual(proba);
      return;
    }
    // A threat detector has its normal class first, wherever that was.
    const order = (said.classes ?? classes).map((name) => classes.indexOf(name));
    const expected = proba.map((_, at) => proba[at - (at % classes.length) + order[at % classes.length]!]);
    expect(said.proba).toEqual(expected);
  });
});

describe("importJoblib", () => {
  it("makes a bundle of a tree whose classes and features have names", async () => {
    const { kind, layout, bundle, pipeline, notes } = await importJoblib(fixture("tree of attacks").bytes);
    expect({ kind, layout, notes }).toEqual({ kind: "attack_classifier", layout: "object", notes: [] });
    expect(pipeline!.provenance).toMatchObject({
      libraries: { "scikit-learn": expect.stringMatching(/^\d+\.\d+/) },
      options: { importedFrom: "joblib", trainingRows: 60 },
    });
    expect(await validateBundle(bundle!)).toMatchObject({ fits: true, bundle: { kind: "attack_classifier" } });
    const detector = await loadDetector(bundle!);
    expect(detector.inputs.map(({ name }) => name)).toEqual([" Flow Duration", "Total Fwd Packets", "Flow Bytes/s"]);
    const [verdict] = detector.detect([{ " Flow Duration": -1, "Total Fwd Packets": 0, "Flow Bytes/s": 0 }]);
    expect(verdict).toMatchObject({ class: "BENIGN", isAttack: false });
  });

  it("takes names from the profile and the options where the file has none", async () => {
    const { bytes } = fixture("tree of codes");
    const bare = await importJoblib(bytes);
    expect([bare.kind, bare.bundle, whats(bare)]).toEqual([null, null, ["normal-class"]]);
    expect(bare.parts.objects.get("")).toBeInstanceOf(FittedTree);
    const chosen = await importJoblib(bytes, { normalClass: "0" });
    expect(chosen.pipeline).toMatchObject({ classes: ["0", "1", "2"], normalClass: "0" });
    const named = await importJoblib(bytes, { profile: { class_labels: ["BENIGN", "DDoS", "PortScan"] } });
    expect(named.pipeline).toMatchObject({ classes: ["BENIGN", "DDoS", "PortScan"], normalClass: "BENIGN" });
    await expect(importJoblib(bytes, { profile: [] })).rejects.toMatchObject({ code: "invalid-profile" });
    const columns = { preprocessing_pipeline: { selected_features: ["a", "b", "c"] } };
    const other = await importJoblib(bytes, { normalClass: "0", profile: columns });
    expect(whats(other)).toEqual(["feature-names"]); // the tree's own names count
    const wrong = await importJoblib(bytes, { profile: { class_labels: [{}] } });
    expect(wrong.notes[0]).toMatchObject({ severity: "error", path: "(profile).class_labels" });
  });

  it("calls features as the profile does where the file has no names, else x0, x1, …, and says so", async () => {
    const { bytes } = fixture("tree of scikit-learn 1.2");
    const bare = await importJoblib(bytes);
    expect(bare.pipeline!.preprocessor.inputs.map(({ name }) => name)).toEqual(["x0", "x1", "x2"]);
    expect(whats(bare)).toEqual(["feature-names"]);
    const named = await importJoblib(bytes, { profile: { expected_features: [" a", "b", "c"] } });
    expect(named.pipeline!.preprocessor.inputs.map(({ name }) => name)).toEqual([" a", "b", "c"]);
    expect(named.notes).toEqual([]);
    const other = await importJoblib(bytes, { profile: { expected_features: ["a", "b"] } });
    expect([other.bundle, whats(other)]).toEqual([null, ["feature-names"]]);
  });

  it("makes no bundle of a forest of attacks, and gives the forest", async () => {
    const imported = await importJoblib(fixture("forest of attacks").bytes);
    expect([imported.bundle, whats(imported)]).toEqual([null, ["no-bundle"]]);
    expect(imported.parts.objects.size).toBe(1);
  });

  it("reports inverted classes of reference bundles, and mends them on request", async () => {
    const { bytes, table } = fixture("threat-backend {}");
    const asStated = await importJoblib(bytes);
    expect(asStated.notes.find(({ what }) => what === "inverted-classes")).toMatchObject({
      severity: "warning",
      message: expect.stringContaining("mendClassNames"),
    });
    const mended = await importJoblib(bytes, { mendClassNames: true });
    const of = async (imported: JoblibImport) =>
      (await loadDetector(imported.bundle!)).detectColumns(tableOf(table)).probabilities;
    const [stated, right] = [await of(asStated), await of(mended)];
    for (const [row, probability] of right.entries()) expect(probability + stated[row]!).toBeCloseTo(1, 12);
    expect(right).not.toEqual(stated);
    expect(mended.pipeline!.classes).toEqual(["Normal", "Attack"]);
  });

  it("treats a category that training did not see as one, and says so", async () => {
    const imported = await importJoblib(fixture("threat-backend {}").bytes);
    const detector = await loadDetector(imported.bundle!);
    const record = { flag: "OTH", src_bytes: 1, count: 1, diff_srv_rate: 0 };
    expect(detector.detect([record])[0]!.unknownCategories).toEqual(["flag"]);
  });

  it("hands on the bytes of networks, with all that comes before them", async () => {
    const imported = await importJoblib(fixture("threat-training").bytes);
    expect(imported).toMatchObject({ kind: "threat_detector", layout: "threat-training", bundle: null });
    expect(imported.parts.networks.map(({ path, format }) => [path, format])).toEqual([
      ["ann_weights", "hdf5"],
      ["lstm_weights", "hdf5"],
    ]);
    expect(imported.parts.preprocessor!.features).toEqual(["flag", "src_bytes", "count", "diff_srv_rate"]);
    expect([...imported.parts.objects.keys()]).toEqual([
      "artifacts.encoders.protocol_type",
      "artifacts.encoders.flag",
      "artifacts.encoders.class",
      "artifacts.scaler",
    ]);
    // What a network calls 1 is normal traffic: its encoder sorted "anomaly" first.
    expect(whats(imported)).toContain("inverted-classes");
    expect(imported.parts.threatClasses).toEqual({ order: [0, 1], names: ["Normal", "Attack"], mended: false });
    const mended = await importJoblib(fixture("threat-training").bytes, { mendClassNames: true });
    expect(mended.parts.threatClasses).toEqual({ order: [1, 0], names: ["Normal", "Attack"], mended: true });
  });

  it("keeps what it does not know as data, and lists it", async () => {
    const opcodes = "\x80\x02}(U\x05modelc__main__\nMine\n)\x81}U\x01aK\x01sbU\x01xcos\nsystem\nU\x02id\x85Ru.";
    const { layout, bundle, notes } = await importJoblib(new Uint8Array(Buffer.from(opcodes, "latin1")));
    expect([layout, bundle]).toEqual(["other", null]);
    expect(notes.map(({ severity, what, path }) => [severity, what, path])).toEqual([
      ["info", "inert-object", "model"],
      ["warning", "not-called", "x"],
      ["warning", "unknown-layout", ""],
    ]);
  });
});

it("says of rows that it does not know that there were none", async () => {
  expect(NO_TABLE).toEqual(await fingerprintTable(Table.of([])));
});
