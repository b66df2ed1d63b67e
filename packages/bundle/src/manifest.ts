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

/** Version of the format that is written. */
export const FORMAT_VERSION = "1.0";

/** All that were ever written. Version 0.1 is what became 1.0. */
const READABLE: readonly string[] = ["0.1", FORMAT_VERSION];

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

/** The manifest's content, typed arrays still in place. @throws BundleError `invalid-manifest`. */
export function manifestState(pipeline: Pipeline, createdAt: string | null): State {
  if (!pipeline.classes.includes(pipeline.normalClass)) {
    throw new BundleError(
      "invalid-manifest",
      `The pipeline's normal class ${JSON.stringify(pipeline.normalClass)} is none of its classes: such a bundle would not load. Train with rows of it.`,
      { expected: pipeline.classes, got: pipeline.normalClass },
    );
  }
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

/** What pipelines of every kind have. */
type CommonParts = Pick<Pipeline, "preprocessor" | "classes" | "normalClass" | "baseline" | "provenance">;

/** What reads the pipeline of a kind, when what all have in common has been read. */
type ReadPipeline<P extends Pipeline> = (manifest: StateReader, common: CommonParts) => P;

/** The kinds that a loader knows. */
export type Kinds = { readonly [Kind in ModelKind]?: ReadPipeline<Extract<Pipeline, { kind: Kind }>> };

export const readThreatPipeline: ReadPipeline<ThreatPipeline> = (manifest, common) => {
  const { classes, preprocessor, normalClass } = common;
  if (classes.length !== 2) manifest.fail("classes", "two names for a threat detector");
  const model = FittedEnsemble.fromState(manifest.raw("model"));
  requireSame(preprocessor.features, model.features, "features");
  const attackClass = classOf(manifest, "attackClass", classes);
  if (attackClass !== classes[1] || normalClass !== classes[0])
    manifest.fail("classes", "the normal class, then the attack class");
  const threshold = thresholdFrom(manifest.object("threshold"));
  return { kind: "threat_detector", ...common, model, attackClass, threshold };
};

export const readAttackPipeline: ReadPipeline<AttackPipeline> = (manifest, common) => {
  const model = FittedAttackTree.fromState(manifest.raw("model"));
  requireSame(common.preprocessor.features, model.features, "features");
  requireSame(common.classes, model.classes, "classes");
  return { kind: "attack_classifier", ...common, model, attackClass: null, threshold: null };
};

export const ALL_KINDS: Kinds = { threat_detector: readThreatPipeline, attack_classifier: readAttackPipeline };

/**
 * The pipeline that a manifest describes, everything in it checked.
 *
 * @param kinds those that the caller knows: what reads others need not be on its page.
 * @throws BundleError `unknown-version`, `unknown-kind`, `invalid-manifest`; MlsecError `invalid-state` from its parts.
 */
export function pipelineFromState(state: State, kinds: Kinds): { info: BundleInfo; pipeline: Pipeline } {
  const reader = new StateReader(state, "manifest");
  const formatVersion = reader.string("formatVersion");
  if (!READABLE.includes(formatVersion)) {
    throw new BundleError(
      "unknown-version",
      `The bundle has format version ${JSON.stringify(formatVersion)}; this library reads ${READABLE.join(" and ")}. Use a newer version of @mlsec/bundle.`,
      {
        expected: READABLE,
        got: formatVersion,
      },
    );
  }
  const kind = reader.string("kind") as ModelKind;
  const read = (Object.hasOwn(kinds, kind) ? kinds[kind] : undefined) as ReadPipeline<Pipeline> | undefined;
  if (read === undefined) {
    const known = Object.keys(kinds).join(" or ");
    throw new BundleError(
      "unknown-kind",
      `The bundle holds a model of the kind ${JSON.stringify(kind)}, which is none that is loaded here: ${known}.`,
      { expected: Object.keys(kinds), got: kind },
    );
  }
  const createdAt = reader.has("createdAt") ? reader.string("createdAt") : null;
  const classes = reader.strings("classes");
  if (classes.length < 2 || classes.length > MAX_CLASSES || new Set(classes).size !== classes.length) {
    reader.fail("classes", `2 to ${MAX_CLASSES} distinct names`);
  }
  const preprocessor = Preprocessor.fromState(reader.raw("preprocessor"));
  const pipeline = read(reader, {
    preprocessor,
    classes,
    normalClass: classOf(reader, "normalClass", classes),
    baseline: baselineFrom(reader, preprocessor.inputs),
    provenance: provenanceFrom(reader.object("provenance")),
  });
  return { info: { formatVersion, kind, createdAt }, pipeline };
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
    flowProfile: reader.has("flowProfile") ? reader.string("flowProfile") : null,
    libraries: plainRecord(reader, "libraries") as Record<string, string>,
    options: plainRecord(reader, "options"),
  };
}

function plainRecord(reader: StateReader, key: string): Record<string, Json> {
  reader.object(key);
  return reader.raw(key) as Record<string, Json>;
}
