import type { ModelKind, Preprocessor } from "@mlsec/preprocess";
import { FittedTree } from "@mlsec/trees/score";
import { saveBundle } from "../bundle.js";
import { ALL_KINDS, manifestState, type Pipeline, pipelineFromState } from "../manifest.js";
import {
  attackClasses,
  attackPipeline,
  backendPipeline,
  type ImportedSteps,
  importSteps,
  networksPipeline,
  threatPipeline,
} from "./assemble.js";
import { Attributes } from "./attributes.js";
import { binaryLabels, normalPlace, type ThreatClasses, threatClasses } from "./class-names.js";
import { type FoundParts, findParts } from "./find-parts.js";
import { importBackendModel, isBackendModel } from "./import-backend-model.js";
import { type ReadNetwork, type ReadNetworks, readNetworks } from "./import-networks.js";
import { type ImportNote, ImportNotes } from "./import-notes.js";
import { JoblibError } from "./joblib-error.js";
import { type JoblibLayout, type LayoutParts, layoutParts } from "./layouts.js";
import type { PythonValue } from "./python-value.js";
import { type JoblibContent, type ReadJoblibOptions, readJoblib } from "./read-joblib.js";

export interface ImportJoblibOptions extends ReadJoblibOptions {
  /** The profile JSON that lies beside the file, parsed: it names features and classes where the file does not. */
  readonly profile?: unknown;
  /** Which class is no attack, where its name does not tell. */
  readonly normalClass?: string | undefined;
  /**
   * Whether to exchange the class names of a threat detector whose label encoder contradicts them, as in reference bundles,
   * which call 1 an attack though their encoder made it of "normal". Default false: named as the file says, with a warning.
   */
  readonly mendClassNames?: boolean | undefined;
  /**
   * What reads networks of Keras: `readKeras` or `readKerasInWorker` of `@mlsec/bundle/keras`. Default: none are read, so that
   * nothing here needs h5wasm.
   */
  readonly keras?: ReadNetwork | undefined;
  /** When the bundle was made, ISO 8601; see `SaveOptions`. */
  readonly createdAt?: string | undefined;
}

/** What became of a file of Python. */
export interface JoblibImport {
  readonly layout: JoblibLayout;
  /** Null where it is no model, or cannot be told. */
  readonly kind: ModelKind | null;
  /** The whole as mlsec has it; null where something is lacking, which the notes say. */
  readonly pipeline: Pipeline | null;
  /** `pipeline`, saved; null where it is too large for a bundle, too. */
  readonly bundle: Uint8Array | null;
  readonly parts: JoblibParts;
  /** What was interpreted, ignored or ambiguous. */
  readonly notes: readonly ImportNote[];
  readonly content: JoblibContent;
}

export interface JoblibParts extends FoundParts {
  /** The way from raw columns to the model, where it could be made. */
  readonly preprocessor: Preprocessor | null;
  /** Of a threat detector, what its scores mean; null for anything else. */
  readonly threatClasses: ThreatClasses | null;
}

/**
 * Makes mlsec's objects of a file that `joblib.dump` wrote: a complete bundle where it holds a model that one can hold,
 * with all that leads to it, else its parts. Nothing of the file is run; see `readJoblib`.
 *
 * Known are the four layouts of threat detectors and attack classifiers, and scikit-learn's DecisionTreeClassifier,
 * RandomForestClassifier, ExtraTreesClassifier, StandardScaler, RobustScaler, MinMaxScaler, LabelEncoder, OrdinalEncoder,
 * OneHotEncoder, and Pipeline and ColumnTransformer of these. Trees and forests predict the same as there to the last bit.
 * Networks of Keras are read by the option `keras`; their bytes are in `parts.networks` in any case.
 *
 * @throws JoblibError as `readJoblib`. What can be read, but not made into objects, is noted instead.
 */
export async function importJoblib(bytes: Uint8Array, options: ImportJoblibOptions = {}): Promise<JoblibImport> {
  const content = await readJoblib(bytes, options);
  const notes = new ImportNotes();
  if (content.trailingBytes > 0)
    notes.add("warning", "trailing-bytes", "", `${content.trailingBytes} bytes after the pickle's end were ignored.`);
  const parts = findParts(content.value, notes);
  const layout = layoutParts(content.value, notes);
  if (layout.layout === "other")
    notes.add("warning", "unknown-layout", "", "The file has none of the known layouts; see its parts.");
  const profile = Attributes.of(asPython(options.profile), "(profile)");
  const expected = [
    profileNames(profile, "expected_features", notes),
    profileNames(profile?.nested("preprocessing_pipeline") ?? null, "selected_features", notes),
  ].filter((names) => names !== null);
  const claimed = profileNames(profile, "class_labels", notes);
  const steps = notes.attempt(layout.modelPath, () => importSteps(layout, expected, notes));
  const { model, modelPath } = layout;
  const own = isBackendModel(model) ? notes.attempt(modelPath, () => importBackendModel(model, modelPath)) : null;
  const classes =
    own === null
      ? notes.attempt(modelPath, () => binaryClasses(layout, steps, claimed, options, notes))
      : ({ order: [0, 1], names: own.classes, mended: false } as const);
  const read = options.keras && (await readNetworks(parts.networks, content.value, options.keras, notes));
  const pipeline = notes.attempt(modelPath, () => {
    const made =
      own !== null && steps !== null
        ? backendPipeline(layout, own, steps.preprocessor)
        : pipelineOf(layout, steps, parts, read, classes, claimed, options, notes);
    // What a loader would refuse is refused here.
    return made && pipelineFromState(manifestState(made, null), ALL_KINDS).pipeline;
  });
  return {
    layout: layout.layout,
    kind: pipeline?.kind ?? layout.kind,
    pipeline,
    bundle: pipeline === null ? null : await saved(pipeline, options.createdAt, notes),
    parts: { ...parts, preprocessor: own?.preprocessor ?? steps?.preprocessor ?? null, threatClasses: classes },
    notes: notes.list,
    content,
  };
}

async function saved(
  pipeline: Pipeline,
  createdAt: string | undefined,
  notes: ImportNotes,
): Promise<Uint8Array | null> {
  try {
    return await saveBundle(pipeline, { createdAt });
  } catch (error) {
    notes.refused(error, "");
    return null;
  }
}

/** The classes of a threat detector, whether its model can be made or not; null for what is none. */
function binaryClasses(
  layout: LayoutParts,
  steps: ImportedSteps | null,
  claimed: readonly string[] | null,
  options: ImportJoblibOptions,
  notes: ImportNotes,
): ThreatClasses | null {
  // A network's score is the probability of what was 1.
  const own = steps?.classifier?.classes ?? (layout.kind === "threat_detector" ? ["0", "1"] : []);
  if (own.length !== 2 || layout.kind === "attack_classifier") return null;
  // A classifier by itself is a threat detector only if its own classes, the option or the profile say so.
  if (layout.kind === null && normalPlace([...own, ...(claimed ?? [])], options.normalClass) < 0) return null;
  const encoded = layout.encodedClasses ?? binaryLabels(layout.encoders, steps?.preprocessor.features ?? []);
  return threatClasses(own, encoded, claimed, options, layout.modelPath, notes);
}

function pipelineOf(
  layout: LayoutParts,
  steps: ImportedSteps | null,
  { networks }: FoundParts,
  read: ReadNetworks | undefined,
  binary: ThreatClasses | null,
  claimed: readonly string[] | null,
  options: ImportJoblibOptions,
  notes: ImportNotes,
): Pipeline | null {
  const { kind, modelPath } = layout;
  const lacks = (what: string, message: string): null => {
    notes.add("error", what, modelPath, message);
    return null;
  };
  if (networks.length > 0 && read === undefined)
    notes.add(
      "info",
      "needs-keras",
      networks[0]!.path,
      "Networks are read with the option keras, which @mlsec/bundle/keras has functions for; their bytes are in parts.networks.",
    );
  if (steps === null || steps.classifier === null) {
    if (kind === null || (networks.length > 0 && read === undefined)) return null;
    if (layout.layout !== "threat-training")
      return lacks("no-model", "There is no tree or forest of scikit-learn to make a bundle of.");
    const voters = networks.filter(({ path }) => path === "ann_weights" || path === "lstm_weights");
    // A model without one of its members is another model.
    if (steps === null || binary === null || !voters.every(({ path }) => read?.networks.has(path)))
      return lacks("no-bundle", "Features, classes and all networks are needed for a bundle; see the other notes.");
    if (voters.length === 0 || read === undefined)
      return lacks("no-model", "There is no network of Keras in the file.");
    return networksPipeline(
      layout,
      voters.map(({ path }) => path),
      read,
      steps.preprocessor,
      binary,
    );
  }
  const { classifier, preprocessor } = steps;
  const own = classifier.classes;
  if (binary !== null) return threatPipeline(layout, classifier, preprocessor, binary);
  if (kind === "threat_detector") {
    return own.length === 2 ? null : lacks("classes", `A threat detector has two classes, this model ${own.length}.`);
  }
  if (!(classifier.model instanceof FittedTree))
    return lacks("no-bundle", "An attack classifier's bundle holds one tree; the forest is among the parts.");
  const attacks = attackClasses(layout, own, claimed, options.normalClass, notes);
  return attacks && attackPipeline(layout, classifier, preprocessor, attacks.classes, attacks.normalClass);
}

function profileNames(profile: Attributes | null, field: string, notes: ImportNotes): string[] | null {
  return profile === null ? null : notes.attempt(profile.at(field), () => profile.labels(field) ?? null);
}

/** Parsed JSON as the values of a file, as deep as a profile is. @throws JoblibError `invalid-profile`. */
function asPython(profile: unknown, depth = 0): PythonValue | undefined {
  if (profile === undefined) return undefined;
  const isObject = profile !== null && typeof profile === "object" && !Array.isArray(profile);
  if (isObject && depth < 2) {
    return new Map(Object.entries(profile).map(([name, value]) => [name, asPython(value, depth + 1) ?? null]));
  }
  if (depth > 0) return profile as PythonValue;
  throw new JoblibError("invalid-profile", "The profile must be an object, as JSON.parse gives it.");
}
