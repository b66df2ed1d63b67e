import type { MlsecError, Provenance } from "@mlsec/preprocess";
import { FittedForest } from "@mlsec/trees/score";
import type { AttackPipeline, Pipeline, ThreatPipeline } from "../../manifest.js";
import { JoblibError } from "../joblib-error.js";
import { backendModel } from "./backend-model.js";
import { type PlainSteps, plainSteps } from "./plain-steps.js";
import { labelEncoder, scalerObject } from "./sklearn-transformers.js";
import { forestObject, type TreeParameters, treeObject } from "./sklearn-trees.js";
import type { Target } from "./targets.js";
import { networkFields, trainingNetworks, type WriteNetwork } from "./training-networks.js";
import { dict, PythonFloat, type Writable, type WritableObject } from "./values.js";

/** What every layout is written for. */
export interface LayoutContext {
  readonly target: Target;
  /** Whether scalers know them. */
  readonly featureNames: boolean;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** An attack classifier as training scripts save it. */
export function attackTraining(pipeline: AttackPipeline, context: LayoutContext): Writable {
  const { provenance, model, classes } = pipeline;
  const { steps, labels, scaler } = attackParts(pipeline, context);
  const kept = new Set(steps.features);
  const parameters = treeParameters(pipeline);
  return dict({
    artifacts: dict({
      label_encoder: labels,
      scaler,
      feature_columns: steps.features,
      removed_columns: provenance.fingerprint.columns.map(({ name }) => name).filter((name) => !kept.has(name)),
      class_mapping: new Map(classes.map((name, code) => [name, code])),
    }),
    model: treeObject(model.tree, parameters, context.target),
    correlation_threshold: float(numberOf(provenance, "correlationThreshold", "correlation_threshold")),
    max_depth: parameters.maxDepth ?? model.tree.depth,
    random_state: provenance.seed,
    metadata: metadata(pipeline, context),
  });
}

/** An attack classifier as backends load it. */
export function attackBackend(pipeline: AttackPipeline, context: LayoutContext): Writable {
  const { steps, labels, scaler } = attackParts(pipeline, context);
  return dict({
    model: treeObject(pipeline.model.tree, treeParameters(pipeline), context.target),
    scaler,
    label_encoder: labels,
    selected_features: steps.features,
    attack_types: new Map(pipeline.classes.map((name, code) => [code, name])),
    metadata: metadata(pipeline, context),
  });
}

function attackParts(pipeline: AttackPipeline, context: LayoutContext) {
  const steps = plainSteps(pipeline.preprocessor);
  if (typeof steps === "string" || steps.encoders.size > 0)
    throw unsupported(
      `The preprocessing ${typeof steps === "string" ? steps : "encodes categories"}, and the layouts of attack classifiers have fields for one scaler alone`,
      "Train without that step, or export the model as ONNX, which takes any.",
    );
  return {
    steps,
    labels: labelEncoder(pipeline.classes, context.target),
    scaler: scalerOf(pipeline, steps, context),
  };
}

/** A threat detector of the reference architecture as training scripts save it. @param write what writes networks. */
export async function threatTraining(
  pipeline: ThreatPipeline,
  context: LayoutContext,
  write: WriteNetwork | undefined,
): Promise<Writable> {
  const steps = plainSteps(pipeline.preprocessor);
  if (typeof steps === "string")
    throw unsupported(
      `The preprocessing ${steps}, and the training layout has fields for label encoders and one scaler alone`,
      'Use the layout "backend", or train with architecture: "reference".',
    );
  const networks = trainingNetworks(pipeline.model, steps.features);
  return dict({
    artifacts: dict({
      encoders: encodersOf(steps, context),
      selected_features: steps.features,
      scaler: scalerOf(pipeline, steps, context),
    }),
    ...(await networkFields(networks, write)),
    n_features: steps.features.length,
    random_state: pipeline.provenance.seed,
    threshold: float(pipeline.threshold?.value ?? null),
    metadata: metadata(pipeline, context),
  });
}

/** A threat detector as backends load it, and whether its model is of the module `mlsec_backend`. */
export function threatBackend(
  pipeline: ThreatPipeline,
  context: LayoutContext,
): { readonly content: Writable; readonly needsModule: boolean } {
  const { preprocessor, threshold } = pipeline;
  const plain = plainSteps(preprocessor);
  const transforms = typeof plain === "string";
  const steps = transforms ? rawColumns(pipeline) : plain;
  const forest = transforms ? null : onlyForest(pipeline);
  const model =
    forest === null
      ? backendModel(pipeline, steps.features, transforms)
      : forestObject(forest, { ...treeParameters(pipeline), maxDepth: null }, context.target);
  const content = dict({
    model,
    scaler: scalerOf(pipeline, steps, context),
    label_encoders: encodersOf(steps, context),
    selected_features: steps.features,
    threshold: float(threshold?.value ?? null),
    metadata: metadata(pipeline, context),
  });
  return { content, needsModule: forest === null };
}

/** The columns as they come in, for a model that does the preprocessing itself. */
function rawColumns({ preprocessor }: ThreatPipeline): PlainSteps {
  return {
    features: preprocessor.inputs.map(({ name }) => name),
    encoders: new Map(
      preprocessor.inputs.flatMap((input) => (input.type === "text" ? [[input.name, input.categories]] : [])),
    ),
    scaler: null,
  };
}

/** The forest that a detector is, where it is nothing else. */
function onlyForest({ model }: ThreatPipeline): FittedForest | null {
  const [member, ...others] = model.members;
  const isPlain =
    member?.name === "forest" &&
    others.length === 0 &&
    model.calibration === null &&
    member.columns.length === model.features.length &&
    member.columns.every((column, place) => column === place);
  return isPlain ? FittedForest.fromState(member.model.toState()) : null;
}

function encodersOf({ encoders }: PlainSteps, { target }: LayoutContext): ReadonlyMap<string, WritableObject> {
  return new Map([...encoders].map(([name, categories]) => [name, labelEncoder(categories, target)]));
}

function metadata({ kind }: Pipeline, { createdAt }: LayoutContext): Writable {
  const date = new Date(createdAt);
  if (Number.isNaN(date.getTime()))
    throw new JoblibError(
      "invalid-date",
      `The date ${JSON.stringify(createdAt.slice(0, 80))} is none; give it as ISO 8601.`,
      {
        got: createdAt.slice(0, 80),
      },
    );
  const [day, time] = date.toISOString().slice(0, 19).split("T") as [string, string];
  return dict({
    version: `${day.replaceAll("-", "")}_${time.replaceAll(":", "")}`,
    model_type: kind,
    training_date: date.toISOString(),
  });
}

function scalerOf(
  { provenance }: Pipeline,
  { scaler, features }: PlainSteps,
  { target, featureNames }: LayoutContext,
): WritableObject {
  return scalerObject(scaler, features, featureNames, provenance.fingerprint.rows, target);
}

/** scikit-learn's names of our criteria. */
const CRITERIA: Readonly<Record<string, string>> = { entropy: "entropy", logLoss: "log_loss" };

/** What the bundle remembers of a tree's training; scikit-learn's defaults for the rest. */
function treeParameters({ provenance }: Pipeline): TreeParameters {
  const { criterion, classWeight } = provenance.options as Readonly<Record<string, unknown>>;
  return {
    criterion: CRITERIA[String(criterion)] ?? "gini",
    maxDepth: numberOf(provenance, "maxDepth", "max_depth"),
    minSamplesSplit: numberOf(provenance, "minSamplesSplit") ?? 2,
    minSamplesLeaf: numberOf(provenance, "minSamplesLeaf") ?? 1,
    maxLeafNodes: numberOf(provenance, "maxLeafNodes"),
    classWeight: classWeight === "balanced" ? "balanced" : null,
    ccpAlpha: numberOf(provenance, "ccpAlpha") ?? 0,
    randomState: provenance.seed,
  };
}

/** An option of the training under one of its names; null where it is not known. */
function numberOf({ options }: Provenance, ...names: readonly string[]): number | null {
  const values = names.map((name) => (options as Readonly<Record<string, unknown>>)[name]);
  const found = values.find((value) => typeof value === "number" && Number.isFinite(value));
  return typeof found === "number" ? found : null;
}

function float(value: number | null): PythonFloat | null {
  return value === null ? null : new PythonFloat(value);
}

/** The error of what a layout has no field for. */
export function unsupported(what: string, remedy: string): MlsecError {
  return new JoblibError("unsupported-pipeline", `${what}. ${remedy}`);
}
