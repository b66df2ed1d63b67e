import type { ModelKind } from "@mlsec/preprocess";
import { Attributes } from "./attributes.js";
import { importLabelEncoder, isLabelEncoder } from "./import-encoders.js";
import type { ImportNotes } from "./import-notes.js";
import { isClassifier } from "./import-trees.js";
import { MAX_NAMES } from "./limits.js";
import { PythonObject, type PythonValue } from "./python-value.js";

/**
 * How a file's content is arranged: as training scripts save it, as backends load it, or as an object by itself. `other` is
 * none of these.
 */
export type JoblibLayout =
  | "threat-training"
  | "attack-training"
  | "threat-backend"
  | "attack-backend"
  | "object"
  | "other";

/** The parts of a layout, by what they are rather than what they are called. */
export interface LayoutParts {
  readonly layout: JoblibLayout;
  /** As the layout or the file says; null where only the classes can tell. */
  readonly kind: ModelKind | null;
  readonly model: PythonObject | null;
  readonly modelPath: string;
  /** Transformers of one step each, in the order in which rows go through them. */
  readonly scaler: PythonObject | null;
  readonly scalerPath: string;
  /** Classes of the label encoders of text columns, by column. */
  readonly encoders: ReadonlyMap<string, readonly string[]>;
  /** Names of the model's features by the layout's own list; null where it has none. */
  readonly features: readonly string[] | null;
  /** Names that the layout says were removed again. */
  readonly removed: readonly string[];
  /** Names by code, by the label encoder. */
  readonly encodedClasses: readonly string[] | null;
  /** Names by code, by a dict beside it, and where that is. */
  readonly mapping: { readonly value: PythonValue; readonly path: string } | null;
  readonly threshold: number | null;
  /** What else the file says of the model. */
  readonly facts: ReadonlyMap<string, string | number>;
}

/** The parts of what a file holds. */
export function layoutParts(value: PythonValue, notes: ImportNotes): LayoutParts {
  const root = isEstimator(value) ? null : Attributes.of(value, "");
  if (root === null) return objectParts(value);
  const layout = layoutOf(root);
  if (layout === "other") return { ...objectParts(null), layout };
  const artifacts = layout.endsWith("training") ? root.nested("artifacts")! : root;
  const model = root.get("model");
  const scaler = artifacts.get("scaler");
  const mappingName = layout.endsWith("training") ? "class_mapping" : "attack_types";
  const mapping = artifacts.get(mappingName);
  const labelEncoder = artifacts.get("label_encoder") ?? artifacts.get("target_encoder");
  return {
    layout,
    kind: layout.startsWith("threat") ? "threat_detector" : "attack_classifier",
    model: model instanceof PythonObject ? model : null,
    modelPath: "model",
    scaler: scaler instanceof PythonObject ? scaler : null,
    scalerPath: artifacts.at("scaler"),
    encoders: encodersOf(artifacts.nested("encoders") ?? artifacts.nested("label_encoders"), notes),
    features: namesOf(artifacts, ["selected_features", "feature_columns"], notes),
    removed: namesOf(artifacts, ["removed_columns"], notes) ?? [],
    encodedClasses: isLabelEncoder(labelEncoder)
      ? (notes.attempt(
          artifacts.at("label_encoder"),
          () => importLabelEncoder(labelEncoder, "label_encoder").classes,
        ) ?? null)
      : null,
    mapping: mapping === undefined ? null : { value: mapping, path: artifacts.at(mappingName) },
    threshold: thresholdOf(root, notes),
    facts: factsOf(root),
  };
}

function objectParts(value: PythonValue): LayoutParts {
  return {
    layout: "object",
    kind: null,
    model: value instanceof PythonObject ? value : null,
    modelPath: "",
    scaler: null,
    scalerPath: "",
    encoders: new Map(),
    features: null,
    removed: [],
    encodedClasses: null,
    mapping: null,
    threshold: null,
    facts: new Map(),
  };
}

function isEstimator(value: PythonValue): boolean {
  return isClassifier(value) || (value instanceof PythonObject && value.qualifiedName.startsWith("sklearn."));
}

function layoutOf(root: Attributes): JoblibLayout {
  const has = (name: string): boolean => root.get(name) !== undefined;
  if (root.nested("artifacts") !== null) {
    if (has("ann_weights") || has("lstm_weights")) return "threat-training";
    return has("model") ? "attack-training" : "other";
  }
  if (!has("model")) return "other";
  if (has("label_encoders")) return "threat-backend";
  if (has("label_encoder") || has("attack_types")) return "attack-backend";
  const kind = root.nested("metadata")?.text("model_type");
  if (kind === "threat_detector" || has("threshold")) return "threat-backend";
  return kind === "attack_classifier" ? "attack-backend" : "other";
}

function namesOf(artifacts: Attributes, fields: readonly string[], notes: ImportNotes): string[] | null {
  const field = fields.find((name) => artifacts.get(name) !== undefined);
  if (field === undefined) return null;
  return notes.attempt(artifacts.at(field), () => artifacts.labels(field) ?? null);
}

function encodersOf(encoders: Attributes | null, notes: ImportNotes): Map<string, readonly string[]> {
  const classes = new Map<string, readonly string[]>();
  let total = 0;
  for (const name of encoders?.names ?? []) {
    const encoder = encoders!.get(name);
    const path = encoders!.at(name);
    if (!isLabelEncoder(encoder)) {
      notes.add("warning", "not-an-encoder", path, "The encoder of this column is no LabelEncoder and is ignored.");
      continue;
    }
    const own = notes.attempt(path, () => importLabelEncoder(encoder, path).classes);
    if (own === null) continue;
    classes.set(name, own);
    total += own.length;
    // One list may be in a file many times.
    if (total <= MAX_NAMES) continue;
    notes.add("error", "too-large", encoders!.path, `The encoders have more than ${MAX_NAMES} classes together.`);
    break;
  }
  return classes;
}

function thresholdOf(root: Attributes, notes: ImportNotes): number | null {
  const threshold = root.number("threshold") ?? null;
  if (threshold === null || (threshold >= 0 && threshold <= 1)) return threshold;
  notes.add("warning", "threshold", "threshold", `A threshold of ${threshold} is no probability; 0.5 was taken.`);
  return null;
}

/** What is kept of a file beside the model, in the bundle's provenance. */
function factsOf(root: Attributes): Map<string, string | number> {
  const metadata = root.nested("metadata");
  const facts = new Map<string, string | number>();
  for (const name of ["version", "model_type", "training_date"]) {
    const text = metadata?.text(name);
    if (text !== undefined) facts.set(name, text.slice(0, 100));
  }
  for (const name of ["correlation_threshold", "max_depth", "random_state", "n_features"]) {
    const number = root.number(name);
    if (number !== undefined) facts.set(name, number);
  }
  return facts;
}
