import { FittedAttackTree } from "@mlsec/attack-tree/score";
import type { Preprocessor, Provenance, TrainingFingerprint } from "@mlsec/preprocess";
import { FittedEnsemble } from "@mlsec/threat-ensemble/score";
import { FittedForest, FittedTree } from "@mlsec/trees/score";
import type { AttackPipeline, ThreatPipeline } from "../manifest.js";
import { Attributes, invalidModel, sklearnClass } from "./attributes.js";
import {
  namedClasses,
  namesByCode,
  normalPlace,
  noteOtherNames,
  repairedNames,
  type ThreatClasses,
} from "./class-names.js";
import type { ImportedBackendModel } from "./import-backend-model.js";
import { type MemberState, networkMembers, type ReadNetworks } from "./import-networks.js";
import type { ImportNotes } from "./import-notes.js";
import { importScaler, isScaler } from "./import-scalers.js";
import { inputNames, isTransformer, namedSteps, StepsImport } from "./import-steps.js";
import { defaultFeatures, type ImportedClassifier, importClassifier, isClassifier, renamed } from "./import-trees.js";
import type { LayoutParts } from "./layouts.js";
import type { PythonObject, PythonValue } from "./python-value.js";

/** The fingerprint of a table without rows and columns. */
export const NO_TABLE: TrainingFingerprint = {
  sha256: "af5570f5a1810b7af78caf4bc70a660f0df51e42baf91d4de5b2328de0e83dfc",
  rows: 0,
  columns: [],
};

/** Where an import's model comes from, as far as the file tells. Its training rows are not known. */
function provenanceOf(parts: LayoutParts, trainingRows: number | null): Provenance {
  const facts = Object.fromEntries(parts.facts);
  const seed = parts.facts.get("random_state");
  const version = parts.model?.attribute("_sklearn_version");
  return {
    seed: typeof seed === "number" && Number.isSafeInteger(seed) && seed >= 0 ? seed : 0,
    split: "not known: trained in Python",
    metrics: [],
    fingerprint: NO_TABLE,
    predictions: null,
    flowProfile: null,
    libraries: typeof version === "string" ? { "scikit-learn": version.slice(0, 40) } : {},
    options: {
      importedFrom: "joblib",
      layout: parts.layout,
      ...(trainingRows === null ? {} : { trainingRows }),
      ...facts,
    },
  };
}

/** An attack classifier of a tree and what leads to it. */
export function attackPipeline(
  parts: LayoutParts,
  { model, trainingRows }: ImportedClassifier,
  preprocessor: Preprocessor,
  classes: readonly string[],
  normalClass: string,
): AttackPipeline {
  return {
    kind: "attack_classifier",
    preprocessor,
    model: new FittedAttackTree(renamed(model as FittedTree, preprocessor.features, classes)),
    classes,
    attackClass: null,
    normalClass,
    threshold: null,
    baseline: null,
    provenance: provenanceOf(parts, trainingRows),
  };
}

/** A threat detector whose only member is a forest; a tree is a forest of one. */
export function threatPipeline(
  parts: LayoutParts,
  { model, trainingRows }: ImportedClassifier,
  preprocessor: Preprocessor,
  classes: ThreatClasses,
): ThreatPipeline {
  const { features } = preprocessor;
  const forest = model instanceof FittedTree ? new FittedForest(model.classes, model.features, [model]) : model;
  const member = {
    name: "forest",
    fold: null,
    weight: 1,
    columns: Int32Array.from(features.keys()),
    forest: renamed(forest, features, classes.names, classes.order).toState(),
  };
  return ensemblePipeline(parts, [member], preprocessor, classes, provenanceOf(parts, trainingRows));
}

/**
 * A threat detector that mlsec itself has written for a backend.
 *
 * @param layout the way from raw columns to what the model takes, by the layout's encoders and scaler.
 */
export function backendPipeline(
  parts: LayoutParts,
  { ensemble, preprocessor, classes }: ImportedBackendModel,
  layout: Preprocessor,
): ThreatPipeline {
  return {
    kind: "threat_detector",
    preprocessor: preprocessor ?? layout,
    model: ensemble,
    classes,
    attackClass: classes[1],
    normalClass: classes[0],
    threshold: thresholdOf(parts, false),
    baseline: null,
    provenance: provenanceOf(parts, null),
  };
}

/** A threat detector whose members are networks, at the given paths, that vote equally. */
export function networksPipeline(
  parts: LayoutParts,
  paths: readonly string[],
  { networks, kerasVersion }: ReadNetworks,
  preprocessor: Preprocessor,
  classes: ThreatClasses,
): ThreatPipeline {
  const voters = new Map(paths.map((path) => [path, networks.get(path)!]));
  const provenance = provenanceOf(parts, null);
  return ensemblePipeline(parts, networkMembers(voters, preprocessor.features, classes), preprocessor, classes, {
    ...provenance,
    libraries: { ...provenance.libraries, ...(kerasVersion === null ? {} : { keras: kerasVersion.slice(0, 40) }) },
  });
}

function ensemblePipeline(
  parts: LayoutParts,
  members: readonly MemberState[],
  preprocessor: Preprocessor,
  { names, mended }: ThreatClasses,
  provenance: Provenance,
): ThreatPipeline {
  const { features, sources } = preprocessor;
  return {
    kind: "threat_detector",
    preprocessor,
    model: FittedEnsemble.fromState({
      features,
      sources,
      members,
      calibration: null,
      familiarity: null,
      history: [],
    }),
    classes: names,
    attackClass: names[1],
    normalClass: names[0],
    threshold: thresholdOf(parts, mended),
    baseline: null,
    provenance,
  };
}

function thresholdOf({ threshold }: LayoutParts, mended: boolean): ThreatPipeline["threshold"] {
  const stated = threshold ?? 0.5;
  return {
    // The same rows are on its two sides when the classes change their names.
    value: mended ? 1 - stated : stated,
    chosenBy: threshold === null ? "default of the layout" : "the imported file",
  };
}

/** The steps before the model, and the model itself, of a file's parts. */
export interface ImportedSteps {
  readonly preprocessor: Preprocessor;
  readonly classifier: ImportedClassifier | null;
}

/**
 * The preprocessor of a layout's encoders and scaler, or of a Pipeline's steps, and the model after it.
 *
 * @param expected the profile's lists of names of the features.
 */
export function importSteps(
  parts: LayoutParts,
  expected: readonly (readonly string[])[],
  notes: ImportNotes,
): ImportedSteps | null {
  const { model, modelPath } = parts;
  if (parts.layout === "object" && model !== null && !isClassifier(model))
    return isTransformer(model) ? importTransformers(model, expected, notes) : null;
  const classifier = isClassifier(model) ? notes.attempt(modelPath, () => importClassifier(model, modelPath)) : null;
  if (isClassifier(model) && classifier === null) return null;
  const features = featureNames(parts, classifier, expected, notes);
  if (features === null) return null;
  return notes.attempt(parts.layout === "object" ? "" : "artifacts", () => {
    const steps = new StepsImport(features);
    for (const name of parts.encoders.keys())
      if (!features.includes(name))
        notes.add("info", "ignored", `label_encoders.${name}`, "The model does not read this column.");
    steps.addCodes(new Map([...parts.encoders].filter(([name]) => features.includes(name))));
    if (parts.encoders.size > 0)
      notes.add(
        "info",
        "unknown-categories",
        "label_encoders",
        "Categories that training did not see get a code of their own; existing backends give them code 0, which is another category.",
      );
    if (parts.scaler !== null) addLayoutScaler(steps, parts, features, notes);
    return { preprocessor: steps.finish(features), classifier };
  });
}

/** A Pipeline, with or without a model at its end, or a transformer by itself. */
function importTransformers(
  model: PythonObject,
  expected: readonly (readonly string[])[],
  notes: ImportNotes,
): ImportedSteps | null {
  const isPipeline = sklearnClass(model) === "Pipeline";
  return notes.attempt("", () => {
    const names = inputNames(model, "", expected[0] ?? null);
    const steps = new StepsImport(names);
    const last = isPipeline ? namedSteps(model, "", "steps").at(-1) : undefined;
    if (last === undefined || !isClassifier(last.step))
      return { preprocessor: steps.finish(steps.add(model, names, "")), classifier: null };
    const before = namedSteps(model, "", "steps").slice(0, -1);
    const features = before.reduce<readonly string[]>(
      (columns, { name, step }) => steps.add(step, columns, name),
      names,
    );
    return { preprocessor: steps.finish(features), classifier: importClassifier(last.step, last.name, features) };
  });
}

/** The model's features in order: by the layout's list, else by what scikit-learn, then the profile, says. */
function featureNames(
  parts: LayoutParts,
  classifier: ImportedClassifier | null,
  expected: readonly (readonly string[])[],
  notes: ImportNotes,
): readonly string[] | null {
  const removed = new Set(parts.removed);
  const remaining = parts.features?.filter((name) => !removed.has(name)) ?? null;
  const scalerNames = Attributes.of(parts.scaler ?? undefined, parts.scalerPath)?.labels("feature_names_in_") ?? null;
  const candidates = [parts.features, remaining, classifier?.features ?? null, scalerNames, ...expected].filter(
    (names) => names !== null,
  );
  const width = classifier?.model.features.length ?? candidates[0]?.length ?? 0;
  const fitting = candidates.filter((names) => names.length === width);
  const [chosen] = fitting;
  if (width === 0) return null;
  if (chosen === undefined) {
    const lengths = candidates.map((names) => names.length).join(", ");
    notes.add(
      candidates.length > 0 ? "error" : "warning",
      "feature-names",
      parts.modelPath,
      candidates.length > 0
        ? `The model has ${width} features; the file's and the profile's lists of names have ${lengths}.`
        : `The file does not name the ${width} features; they are called x0 to x${width - 1}. Give its profile, which does.`,
    );
    return candidates.length > 0 ? null : defaultFeatures(width);
  }
  if (fitting.some((names) => names.join("\n") !== chosen.join("\n")))
    notes.add(
      "warning",
      "feature-names",
      parts.modelPath,
      "The file's own lists of features, or the profile's, differ in names or order; the layout's list counts.",
    );
  if (chosen !== candidates[0])
    notes.add(
      "warning",
      "feature-names",
      parts.modelPath,
      `The first list of features has ${candidates[0]!.length} names where the model has ${width} features; another was taken.`,
    );
  return chosen;
}

/** Scales the model's features, which the scaler may have seen among others. */
function addLayoutScaler(
  steps: StepsImport,
  { scaler, scalerPath }: LayoutParts,
  features: readonly string[],
  notes: ImportNotes,
): void {
  if (!isScaler(scaler)) {
    steps.add(scaler as PythonValue, features, scalerPath);
    return;
  }
  const own = importScaler(scaler, scalerPath);
  const names = own.features;
  if (own.scaler.features.length === features.length && (names === null || names.join("\n") === features.join("\n"))) {
    steps.addScaler(importScaler(scaler, scalerPath, features));
    return;
  }
  const places = features.map((name) => names?.indexOf(name) ?? -1);
  if (places.includes(-1))
    throw invalidModel(scalerPath, `has ${own.scaler.features.length} columns, and does not name all of the model's`);
  notes.add(
    "info",
    "scaler-features",
    scalerPath,
    `The scaler was fitted on ${own.scaler.features.length} columns, of which those of the model were taken by name.`,
  );
  steps.addScaler(importScaler(scaler, scalerPath, features, places));
}

/** The classes of an attack classifier, by name; null where none means no attack, which is noted. */
export function attackClasses(
  parts: LayoutParts,
  classes: readonly string[],
  claimed: readonly string[] | null,
  normalClass: string | undefined,
  notes: ImportNotes,
): { readonly classes: readonly string[]; readonly normalClass: string } | null {
  const mapped = parts.mapping === null ? null : namesByCode(parts.mapping.value, parts.mapping.path);
  const names = namedClasses(classes, parts.encodedClasses ?? mapped ?? claimed, parts.modelPath, notes);
  if (parts.encodedClasses !== null) noteOtherNames(parts.encodedClasses, mapped, parts.mapping?.path ?? "", notes);
  if (claimed !== null) noteOtherNames(names, claimed, "(profile).class_labels", notes);
  const repaired = repairedNames(names, parts.modelPath, notes);
  const place = normalPlace(repaired, normalClass);
  if (place >= 0) return { classes: repaired, normalClass: repaired[place]! };
  notes.add(
    "error",
    "normal-class",
    parts.modelPath,
    `None of the classes (${repaired.slice(0, 14).join(", ")}) is known to be no attack. Name it by the option normalClass.`,
  );
  return null;
}
