import { readFileSync } from "node:fs";
import type { FeatureMatrix } from "@mlsec/preprocess";
import { Preprocessor } from "@mlsec/preprocess";
import { describe, expect, it } from "vitest";
import { type Bundle, detectorOf, loadBundle, type Pipeline, saveBundle } from "../../../src/index.js";
import {
  importJoblib,
  type PythonObject,
  type PythonValue,
  readJoblib,
  SKLEARN_VERSIONS,
  type SklearnTarget,
  type ToJoblibOptions,
  toJoblib,
} from "../../../src/joblib/index.js";
import { toKeras } from "../../../src/keras/index.js";
import { attackPipeline, connections, flows, threatPipeline } from "../../pipelines.js";
import { referencePipeline } from "./reference.js";

const DATE = "2026-11-29T12:34:56.789Z";
const attack = await attackPipeline();
const threat = await threatPipeline();
const reference = await referencePipeline();

const bundleOf = (pipeline: Pipeline, createdAt: string | null = DATE) => ({ pipeline, createdAt });
const kit = (name: string): Promise<Bundle> =>
  loadBundle(readFileSync(new URL(`../../../../../docs/conformance/valid/${name}.safetensors`, import.meta.url)));

async function contentOf(bundle: Pick<Bundle, "pipeline" | "createdAt">, options: ToJoblibOptions) {
  return (await readJoblib((await toJoblib(bundle, options)).bytes)).value as Map<string, PythonValue>;
}

/** What the bundle says that mlsec makes of an export. */
async function imported(pipeline: Pipeline, options: ToJoblibOptions) {
  const { bytes } = await toJoblib(bundleOf(pipeline), options);
  const { bundle, layout, notes } = await importJoblib(bytes, {
    keras: (await import("../../../src/keras/index.js")).readKeras,
  });
  expect(notes.filter(({ severity }) => severity === "error")).toEqual([]);
  return { pipeline: (await loadBundle(bundle!)).pipeline, layout };
}

function isForest({ model }: Pipeline): boolean {
  return "members" in model && model.members.every(({ name }) => name === "forest");
}

function proba(pipeline: Pipeline, matrix: FeatureMatrix): Float64Array {
  return pipeline.model.predictProba(matrix);
}

describe("toJoblib of attack classifiers", () => {
  const matrix = attack.preprocessor.transform(flows(500, 7));

  it.each(
    SKLEARN_VERSIONS.flatMap((target) => (["training", "backend"] as const).map((layout) => ({ target, layout }))),
  )("comes back with the same probabilities, in $layout for scikit-learn $target", async (options) => {
    const back = await imported(attack, options);
    expect(back.layout).toBe(`attack-${options.layout}`);
    expect(back.pipeline).toMatchObject({ classes: attack.classes, normalClass: "BENIGN" });
    expect(back.pipeline.preprocessor.features).toEqual(attack.preprocessor.features);
    expect(proba(back.pipeline, back.pipeline.preprocessor.transform(flows(500, 7)))).toEqual(proba(attack, matrix));
  });

  it("has nodes and values as the target has them", async () => {
    const treeOf = async (target: SklearnTarget) => {
      const model = (await contentOf(bundleOf(attack), { layout: "backend", target })).get("model") as PythonObject;
      const state = (model.attribute("tree_") as PythonObject).state as Map<string, any>;
      return {
        release: model.attribute("_sklearn_version"),
        nodes: state.get("nodes").type,
        values: state.get("values"),
      };
    };
    const [old, present] = [await treeOf("1.2"), await treeOf("1.3")];
    expect([old.release, present.release]).toEqual(["1.2.2", "1.3.2"]);
    expect([old.nodes.itemSize, present.nodes.itemSize]).toEqual([56, 64]);
    expect([...present.nodes.fields.keys()].at(-1)).toBe("missing_go_to_left");
    // Rows have no weights: counts of rows then, shares of them since.
    const { samples } = attack.model.tree.nodes;
    const counts = old.values.numbers() as Float64Array;
    expect(counts.every(Number.isInteger)).toBe(true);
    expect(counts.slice(0, attack.classes.length).reduce((sum, count) => sum + count)).toBe(samples[0]);
    expect([...present.values.numbers()]).toEqual([...attack.model.tree.nodes.value]);
  });

  it("names the release that is asked for", async () => {
    const scaler = (await contentOf(bundleOf(attack), { layout: "backend", target: "1.6.0" })).get(
      "scaler",
    ) as PythonObject;
    expect(scaler.attribute("_sklearn_version")).toBe("1.6.0");
    for (const target of ["1.0", "2.0", "1.6.x", "", "1.60", "toString"])
      await expect(toJoblib(bundleOf(attack), { layout: "backend", target: target as "1.6" })).rejects.toMatchObject({
        code: "unknown-target",
      });
  });

  it("has every field of both layouts", async () => {
    const training = await contentOf(bundleOf(attack), { layout: "training" });
    expect([...training.keys()]).toEqual([
      "artifacts",
      "model",
      "correlation_threshold",
      "max_depth",
      "random_state",
      "metadata",
    ]);
    const artifacts = training.get("artifacts") as Map<string, PythonValue>;
    expect([...artifacts.keys()]).toEqual([
      "label_encoder",
      "scaler",
      "feature_columns",
      "removed_columns",
      "class_mapping",
    ]);
    expect(artifacts.get("feature_columns")).toEqual(attack.preprocessor.features);
    expect(artifacts.get("class_mapping")).toEqual(new Map(attack.classes.map((name, code) => [name, code])));
    expect([training.get("correlation_threshold"), training.get("max_depth"), training.get("random_state")]).toEqual([
      0.85, 10, 42,
    ]);
    const backend = await contentOf(bundleOf(attack), { layout: "backend" });
    expect([...backend.keys()]).toEqual([
      "model",
      "scaler",
      "label_encoder",
      "selected_features",
      "attack_types",
      "metadata",
    ]);
    expect(backend.get("attack_types")).toEqual(new Map(attack.classes.map((name, code) => [code, name])));
    expect(backend.get("metadata")).toEqual(
      new Map([
        ["version", "20261129_123456"],
        ["model_type", "attack_classifier"],
        ["training_date", DATE],
      ]),
    );
  });

  it("lists the columns that training removed", async () => {
    const { fingerprint } = attack.provenance;
    const columns = [...fingerprint.columns, { ...fingerprint.columns[0]!, name: "removed by r" }];
    const pipeline = { ...attack, provenance: { ...attack.provenance, fingerprint: { ...fingerprint, columns } } };
    const artifacts = (await contentOf(bundleOf(pipeline), { layout: "training" })).get("artifacts") as Map<
      string,
      PythonValue
    >;
    expect(artifacts.get("removed_columns")).toEqual(["removed by r"]);
  });

  it("gives the same bytes for the same bundle and date, and takes the export's time where there is none", async () => {
    const options = { layout: "backend", createdAt: DATE } as const;
    const [a, b] = [await toJoblib(bundleOf(attack, null), options), await toJoblib(bundleOf(attack, null), options)];
    expect(a.bytes).toEqual(b.bytes);
    expect(a.module).toBe(null);
    const metadata = (await contentOf(bundleOf(attack, null), { layout: "backend" })).get("metadata") as Map<
      string,
      string
    >;
    expect(Math.abs(Date.parse(metadata.get("training_date")!) - Date.now())).toBeLessThan(60_000);
    await expect(toJoblib(bundleOf(attack), { layout: "backend", createdAt: "yesterday" })).rejects.toMatchObject({
      code: "invalid-date",
    });
  });

  it("refuses steps that the layouts have no field for, by what they do", async () => {
    const filled = Preprocessor.fit(flows(50).drop([" Label"]), [{ step: "imputeMissing" }, { step: "robustScale" }]);
    const pipeline = { ...attack, preprocessor: filled };
    for (const layout of ["training", "backend"] as const)
      await expect(toJoblib(bundleOf(pipeline), { layout })).rejects.toMatchObject({
        code: "unsupported-pipeline",
        message: expect.stringMatching(/fills missing values.*Train without that step/),
      });
  });

  it("leaves names of features out where they are not wanted", async () => {
    const scalerOf = async (featureNames: boolean) =>
      (
        (await contentOf(bundleOf(attack), { layout: "backend", featureNames })).get("scaler") as PythonObject
      ).attributes();
    expect((await scalerOf(true)).has("feature_names_in_")).toBe(true);
    expect((await scalerOf(false)).has("feature_names_in_")).toBe(false);
  });
});

describe("toJoblib of threat detectors", () => {
  it("comes back from the backend layout as it was, whatever its steps and members", async () => {
    const bundles = await Promise.all(["threat-ann", "threat-lstm", "threat-forest", "threat-ensemble"].map(kit));
    for (const { pipeline } of [...bundles, bundleOf(threat), bundleOf(reference)]) {
      const back = await imported(pipeline, { layout: "backend" });
      expect(back.layout).toBe("threat-backend");
      // A forest by itself is scikit-learn's, which knows neither familiarity nor history.
      if (!isForest(pipeline)) expect(back.pipeline.model.toJSON()).toEqual(pipeline.model.toJSON());
      expect([back.pipeline.preprocessor.features, back.pipeline.classes]).toEqual([
        pipeline.preprocessor.features,
        pipeline.classes,
      ]);
      expect(back.pipeline.threshold!.value).toBe(pipeline.threshold!.value);
    }
  });

  it("has the scaler where the pipeline has one, and one that does nothing where the model transforms", async () => {
    const plain = await contentOf(bundleOf(reference), { layout: "backend" });
    expect([...plain.keys()]).toEqual([
      "model",
      "scaler",
      "label_encoders",
      "selected_features",
      "threshold",
      "metadata",
    ]);
    expect((plain.get("scaler") as PythonObject).attribute("with_mean")).toBe(true);
    expect((plain.get("model") as PythonObject).attribute("preprocessor")).toBe(null);
    const other = await toJoblib(bundleOf(threat), { layout: "backend" });
    expect(other.module).toMatchObject({ name: "mlsec_backend.py", text: expect.stringContaining("class MlsecModel") });
    const content = await contentOf(bundleOf(threat), { layout: "backend" });
    expect((content.get("scaler") as PythonObject).attribute("with_mean")).toBe(false);
    expect((content.get("model") as PythonObject).attribute("preprocessor")).toBeInstanceOf(Map);
    expect([...(content.get("label_encoders") as Map<string, unknown>).keys()]).toEqual(["protocol"]);
    expect(content.get("selected_features")).toEqual(["protocol", "bytes", "rate"]);
  });

  it("comes back from the training layout with both networks", async () => {
    const back = await imported(reference, { layout: "training", keras: toKeras });
    expect(back.layout).toBe("threat-training");
    const table = connections(300, 5);
    const matrix = reference.preprocessor.transform(table);
    expect(proba(back.pipeline, back.pipeline.preprocessor.transform(table))).toEqual(proba(reference, matrix));
    const content = await contentOf(bundleOf(reference), { layout: "training", keras: toKeras });
    expect([...content.keys()].slice(0, 7)).toEqual([
      "artifacts",
      "ann_weights",
      "lstm_weights",
      "ann_config",
      "lstm_config",
      "n_features",
      "random_state",
    ]);
    expect([...(content.get("artifacts") as Map<string, unknown>).keys()]).toEqual([
      "encoders",
      "selected_features",
      "scaler",
    ]);
  });

  it("refuses other architectures in the training layout, with what to do", async () => {
    const refusal = (pipeline: Pipeline) => toJoblib(bundleOf(pipeline), { layout: "training", keras: toKeras });
    await expect(refusal(threat)).rejects.toMatchObject({
      code: "unsupported-pipeline",
      message: expect.stringMatching(/takes logarithms.*Use the layout "backend"/),
    });
    const { pipeline } = await kit("threat-ensemble");
    await expect(refusal({ ...pipeline, preprocessor: reference.preprocessor } as Pipeline)).rejects.toMatchObject({
      code: "unsupported-pipeline",
    });
    await expect(toJoblib(bundleOf(reference), { layout: "training" })).rejects.toMatchObject({ code: "needs-keras" });
  });

  it("gives verdicts through the import as the detector does", async () => {
    const back = await imported(threat, { layout: "backend" });
    const table = connections(200, 4).drop(["class"]);
    const of = async (pipeline: Pipeline) =>
      detectorOf(await loadBundle(await saveBundle(pipeline))).detectColumns(table);
    expect((await of(back.pipeline)).probabilities).toEqual((await of(threat)).probabilities);
    expect((await of(back.pipeline)).codes).toEqual((await of(threat)).codes);
  });
});
