import { FittedAttackTree } from "@mlsec/attack-tree/score";
import {
  type Cell,
  fingerprintFromJSON,
  type InputColumn,
  type Json,
  type MeasuredMetrics,
  type ModelKind,
  Preprocessor,
  type Provenance,
  predictionSketchFromJSON,
  type State,
  StateReader,
  type Threshold,
  type TrainedPipeline,
} from "@mlsec/preprocess";
import { FittedEnsemble } from "@mlsec/threat-ensemble/score";
import { BundleError } from "./bundle-error.js";

/** Version of the format that is written, and the only one that is read so far. */
export const FORMAT_VERSION = "0.1";

/** Most classes of a model. */
const MAX_CLASSES = 1024;

export type ThreatPipeline = TrainedPipeline<"threat_detector", FittedEnsemble>;
export type AttackPipeline = TrainedPipeline<"attack_classifier", FittedAttackTree>;

/** What a bundle can hold; `kind` tells which. */
export type Pipeline = ThreatPipeline | AttackPipeline;

/** What a bundle says of itself besides the pipeline. */
export interface BundleInfo {
  readonly formatVersion: string;
  readonly kind: ModelKind;
  /** When it was made, as the saver said (ISO 8601), or null. */
  readonly createdAt: string | null;
}

/** The manifest's content, typed arrays still in place. */
export function manifestState(pipeline: Pipeline, createdAt: string | null): State {
  return {
    formatVersion: FORMAT_VERSION,
    kind: pipeline.kind,
    createdAt,
    classes: pipeline.classes,
    attackClass: pipeline.attackClass,
    normalClass: pipeline.normalClass,
    threshold: pipeline.threshold === null ? null : { ...pipeline.threshold },
    baseline: pipeline.baseline,
    preprocessor: pipeline.preprocessor.toState(),
    model: pipeline.model.toState(),
    provenance: pipeline.provenance as unknown as State,
  };
}

/**
 * The pipeline that a manifest describes, everything in it checked.
 *
 * @throws BundleError `unknown-version`, `unknown-kind`, `invalid-manifest`; MlsecError `invalid-state` from its parts.
 */
export function pipelineFromState(state: State): { info: BundleInfo; pipeline: Pipeline } {
  const reader = new StateReader(state, "manifest");
  const formatVersion = reader.string("formatVersion");
  if (formatVersion !== FORMAT_VERSION) {
    throw new BundleError(
      "unknown-version",
      `The bundle has format version ${JSON.stringify(formatVersion)}; this library reads ${FORMAT_VERSION}. Use a matching version of @mlsec/bundle.`,
      {
        expected: FORMAT_VERSION,
        got: formatVersion,
      },
    );
  }
  const kind = reader.string("kind");
  if (kind !== "threat_detector" && kind !== "attack_classifier") {
    throw new BundleError("unknown-kind", `The bundle holds a model of the unknown kind ${JSON.stringify(kind)}.`, {
      got: kind,
    });
  }
  const createdAt = reader.has("createdAt") ? reader.string("createdAt") : null;
  const classes = reader.strings("classes");
  if (classes.length < 2 || classes.length > MAX_CLASSES || new Set(classes).size !== classes.length) {
    reader.fail("classes", `2 to ${MAX_CLASSES} distinct names`);
  }
  const preprocessor = Preprocessor.fromState(reader.raw("preprocessor"));
  const common = {
    preprocessor,
    classes,
    normalClass: classOf(reader, "normalClass", classes),
    baseline: baselineFrom(reader, preprocessor.inputs),
    provenance: provenanceFrom(reader.object("provenance")),
  };
  const info = { formatVersion, kind, createdAt } as const;
  if (kind === "threat_detector") {
    if (classes.length !== 2) reader.fail("classes", "two names for a threat detector");
    const model = FittedEnsemble.fromState(reader.raw("model"));
    requireSame(preprocessor.features, model.features, "features");
    const attackClass = classOf(reader, "attackClass", classes);
    if (attackClass !== classes[1] || common.normalClass !== classes[0])
      reader.fail("classes", "the normal class, then the attack class");
    return {
      info,
      pipeline: { kind, ...common, model, attackClass, threshold: thresholdFrom(reader.object("threshold")) },
    };
  }
  const model = FittedAttackTree.fromState(reader.raw("model"));
  requireSame(preprocessor.features, model.features, "features");
  requireSame(classes, model.classes, "classes");
  return { info, pipeline: { kind, ...common, model, attackClass: null, threshold: null } };
}

function classOf(reader: StateReader, key: string, classes: readonly string[]): string {
  const name = reader.string(key);
  if (!classes.includes(name)) reader.fail(key, "one of the classes");
  return name;
}

function requireSame(a: readonly string[], b: readonly string[], what: string): void {
  if (a.length === b.length && a.every((name, index) => name === b[index])) return;
  throw new BundleError("invalid-manifest", `The ${what} of the model are not those of the bundle.`, {
    expected: a,
    got: b,
  });
}

function thresholdFrom(reader: StateReader): Threshold {
  return { value: reader.number("value", { min: 0, max: 1 }), chosenBy: reader.string("chosenBy") };
}

/**
 * The cells of a row, each of its column's type; null for a text that is missing, as in a typical row it may be. Bundles from
 * before there were baselines have none.
 */
function baselineFrom(reader: StateReader, inputs: readonly InputColumn[]): Cell[] | null {
  if (!reader.has("baseline")) return null;
  const cells = reader.raw("baseline");
  const fits = (cell: unknown, place: number): cell is Cell =>
    inputs[place]!.type === "text" ? cell === null || typeof cell === "string" : Number.isFinite(cell);
  if (!Array.isArray(cells) || cells.length !== inputs.length || !cells.every(fits))
    reader.fail("baseline", "a cell of its type for each input column");
  return cells;
}

function provenanceFrom(reader: StateReader): Provenance {
  return {
    seed: reader.integer("seed", { min: 0 }),
    split: reader.string("split"),
    metrics: reader.objects("metrics").map(
      (entry): MeasuredMetrics => ({
        measuredOn: entry.string("measuredOn"),
        rows: entry.integer("rows", { min: 0 }),
        values: plainRecord(entry, "values"),
      }),
    ),
    fingerprint: fingerprintFromJSON(reader.raw("fingerprint") as Json | undefined),
    // Bundles from before predictions were kept have none.
    predictions: reader.has("predictions") ? predictionSketchFromJSON(reader.raw("predictions") as Json) : null,
    libraries: plainRecord(reader, "libraries") as Record<string, string>,
    options: plainRecord(reader, "options"),
  };
}

function plainRecord(reader: StateReader, key: string): Record<string, Json> {
  reader.object(key);
  return reader.raw(key) as Record<string, Json>;
}
