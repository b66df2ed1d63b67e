import packageJson from "../../package.json" with { type: "json" };
import type { AttackPipeline, Pipeline, ThreatPipeline } from "../manifest.js";
import { type ModelSource, openModel } from "../model-source.js";
import { profileJson } from "../profile.js";
import { Arithmetic, cast, sideBySide } from "./arithmetic.js";
import { calibrated, isAttack } from "./calibration.js";
import { encodeModel } from "./encode-model.js";
import { meanOfMembers } from "./ensemble.js";
import { GraphBuilder, ML_DOMAIN, type Value } from "./graph-builder.js";
import type { Graph, ValueInfo } from "./model.js";
import { requireNames, requireWritable } from "./names.js";
import { type Features, featuresInGraph } from "./preprocessing.js";
import { classShares } from "./trees.js";

/** Versions of the operators that a model is written in: those of ONNX 1.12 (2022), which later runtimes read too. */
export const ONNX_OPSETS: Readonly<Record<"ai.onnx" | "ai.onnx.ml", number>> = { "ai.onnx": 17, "ai.onnx.ml": 3 };

/** Version of the file format that goes with them. */
const IR_VERSION = 8;

/** The free dimension of all inputs and outputs. */
const ROWS = "N";

export interface ToOnnxOptions {
  /** Names of the outputs; default "label" and "probabilities". For models with a column of such a name. */
  readonly outputs?: { readonly label?: string | undefined; readonly probabilities?: string | undefined } | undefined;
}

/**
 * The whole pipeline as the bytes of one ONNX model: raw columns in, verdicts out.
 *
 * - One input for each column, of exactly its name and shape [N, 1]: doubles, or strings. The empty string is a missing cell,
 *   unless it is one of the column's categories.
 * - `label`, strings [N]: the class. `probabilities`, floats [N, classes]: of each class, in the order of the bundle.
 * - A row that mlsec refuses with an error (a number that is missing and not filled, or infinite, or beyond float32 after
 *   preprocessing; a category under the policy "error"; a network that overflows) has the label "" and NaN probabilities.
 *
 * Labels of trees and forests are mlsec's on every row: preprocessing is computed in doubles with the same operations, and
 * rounded to float32 last. Probabilities are within 1e-6, those of networks within 1e-5
 * before a calibration, which may be steep. Not in the model: familiarity,
 * members' probabilities, confidence and runner-up.
 *
 * The metadata of the model is `mlsec.profile` (the profile JSON), `mlsec.kind`, `mlsec.classes` (a JSON list),
 * `mlsec.normalClass`, `mlsec.attackClass` and `mlsec.threshold` (of threat detectors) and `mlsec.sha256` (the bundle's digest,
 * where it is known).
 *
 * @throws OnnxError `missing-peer` without the package @bufbuild/protobuf, `unsupported-name` for names that ONNX cannot hold,
 *   `name-taken` where a column is called as an output, `unsupported-step`; BundleError as `loadBundle`.
 */
export async function toOnnx(source: ModelSource, options: ToOnnxOptions = {}): Promise<Uint8Array> {
  const { pipeline, digest } = await openModel(source);
  const { label = "label", probabilities = "probabilities" } = options.outputs ?? {};
  return encodeModel({
    graph: graphOf(pipeline, label, probabilities),
    irVersion: IR_VERSION,
    opsets: new Map([
      ["", ONNX_OPSETS["ai.onnx"]],
      [ML_DOMAIN, ONNX_OPSETS[ML_DOMAIN]],
    ]),
    producer: { name: packageJson.name, version: packageJson.version },
    doc: `Raw columns in, verdicts out. A row with the label "" and NaN probabilities is one that the model refuses.`,
    metadata: metadataOf(pipeline, digest),
  });
}

function metadataOf(pipeline: Pipeline, digest: string | undefined): ReadonlyMap<string, string> {
  const { kind, classes, normalClass, attackClass, threshold } = pipeline;
  const metadata = new Map([
    ["mlsec.profile", profileJson(pipeline)],
    ["mlsec.kind", kind],
    ["mlsec.classes", JSON.stringify(classes)],
    ["mlsec.normalClass", normalClass],
  ]);
  if (attackClass !== null) metadata.set("mlsec.attackClass", attackClass);
  if (threshold !== null) metadata.set("mlsec.threshold", String(threshold.value));
  if (digest !== undefined) metadata.set("mlsec.sha256", digest);
  return metadata;
}

function graphOf(pipeline: Pipeline, label: string, probabilities: string): Graph {
  const { kind, classes, preprocessor } = pipeline;
  const names = preprocessor.inputs.map(({ name }) => name);
  requireNames(names, [label, probabilities]);
  for (const name of classes) requireWritable("class", name);
  const graph = new GraphBuilder([...names, label, probabilities]);
  const features = featuresInGraph(graph, preprocessor);
  const { code, shares, isAccepted } =
    pipeline.kind === "threat_detector"
      ? threatVerdict(graph, pipeline, features)
      : attackVerdict(graph, pipeline, features);
  const labels = graph.constant("labels", { type: "string", shape: [classes.length + 1], values: [...classes, ""] });
  const place = graph.node("Where", [isAccepted, code, graph.integer(classes.length)]);
  const ofRow = graph.node("Squeeze", [place, graph.integers("columns", [1])]);
  graph.output(graph.node("Gather", [labels, ofRow]), label);
  graph.output(graph.node("Where", [isAccepted, shares, graph.float(Number.NaN)]), probabilities);
  return graph.build(kind, inputsOf(pipeline), [
    { name: label, type: "string", shape: [ROWS], doc: `One of ${JSON.stringify(classes)}, or "" of a refused row.` },
    {
      name: probabilities,
      type: "float",
      shape: [ROWS, classes.length],
      doc: "Of each class, in this order; NaN of a refused row.",
    },
  ]);
}

function inputsOf({ preprocessor }: Pipeline): ValueInfo[] {
  return preprocessor.inputs.map(({ name, type }): ValueInfo => {
    if (type === "text") return { name, type: "string", shape: [ROWS, 1], doc: 'A category; "" is a missing one.' };
    const missing = preprocessor.imputed.has(name) ? "a missing one, NaN, is filled" : "none may be missing";
    return { name, type: "double", shape: [ROWS, 1], doc: `A number; ${missing}.` };
  });
}

/** Values of rows × 1, and of the shares rows × classes floats. */
interface VerdictInGraph {
  /** The class, an integer. */
  readonly code: Value;
  readonly shares: Value;
  readonly isAccepted: Value;
}

function attackVerdict(
  graph: GraphBuilder,
  { model }: AttackPipeline,
  { matrix, isAccepted }: Features,
): VerdictInGraph {
  const shares = classShares(graph, model.tree, matrix);
  const code = graph.node("ArgMax", [shares], { axis: { int: 1 }, keepdims: { int: 1 } });
  return { code, shares, isAccepted };
}

function threatVerdict(graph: GraphBuilder, { model, threshold }: ThreatPipeline, features: Features): VerdictInGraph {
  const mean = meanOfMembers(graph, model, features);
  const probability = calibrated(graph, mean, model.calibration);
  const both = sideBySide(graph, [new Arithmetic(graph).subtract(1, probability), probability], "both");
  // Weights may be any finite numbers: what overflows becomes NaN.
  const isNumber = graph.node("Not", [graph.node("IsNaN", [mean])]);
  return {
    code: cast(graph, isAttack(graph, mean, model.calibration, threshold!.value), "int64"),
    shares: cast(graph, both, "float"),
    isAccepted: graph.node("And", [features.isAccepted, isNumber]),
  };
}
