import { type ModelSource, openModel } from "../../model-source.js";
import { BACKEND_MODULE } from "./backend-module.js";
import { attackBackend, attackTraining, type LayoutContext, threatBackend, threatTraining } from "./layouts.js";
import { pickled } from "./pickle-writer.js";
import { DEFAULT_TARGET, type SklearnTarget, targetOf } from "./targets.js";
import type { WriteNetwork } from "./training-networks.js";

export interface ToJoblibOptions {
  /** How the content is arranged: as training scripts save it, or as backends load it. */
  readonly layout: "training" | "backend";
  /** The version of scikit-learn that shall open the file; default `"1.9"`. */
  readonly target?: SklearnTarget | undefined;
  /**
   * What writes networks for Keras: `toKeras` of `@mlsec/bundle/keras`. Only a threat detector's training layout needs it.
   */
  readonly keras?: WriteNetwork | undefined;
  /**
   * Whether the scaler knows the names of its columns, as one that was fitted on a DataFrame. scikit-learn then checks those of
   * DataFrames, and warns of arrays; without names it warns of DataFrames. Default true.
   */
  readonly featureNames?: boolean | undefined;
  /** When the model was made, ISO 8601, for `metadata`. Default: the bundle's own date; now for one without, and for pipelines. */
  readonly createdAt?: string | undefined;
}

/** A file for `joblib.load`, and what must be importable where it is loaded. */
export interface JoblibExport {
  readonly bytes: Uint8Array;
  /** A Python module that the file's objects are of; null where scikit-learn is enough. */
  readonly module: { readonly name: string; readonly text: string } | null;
}

/**
 * Writes a bundle as a file that Python's `joblib.load` opens: a dict in the layout of training scripts or of backends, of real
 * objects of scikit-learn, with the nodes and values of the given version. The same bundle, date and options give the same bytes.
 *
 * An attack classifier's tree becomes a `DecisionTreeClassifier` that gives the same probabilities to the last bit (for targets
 * before 1.3 where rows had no weights, else but for it). A threat detector fits the training layout only with the reference
 * architecture; in the backend layout its `model` is a `RandomForestClassifier` where it is nothing but one forest, else an
 * object of the module `mlsec_backend`, which needs NumPy alone and whose scores are ours within 1e-5.
 *
 * @throws JoblibError `unsupported-pipeline` for what the layout has no fields for, `unknown-target`, `needs-keras`,
 *   `invalid-date`, `unsupported-name`; KerasError; BundleError as `loadBundle`.
 */
export async function toJoblib(
  source: ModelSource,
  { layout, target = DEFAULT_TARGET, keras, featureNames = true, createdAt: given }: ToJoblibOptions,
): Promise<JoblibExport> {
  const { pipeline, createdAt } = await openModel(source);
  const context: LayoutContext = {
    target: targetOf(target),
    featureNames,
    createdAt: given ?? createdAt ?? new Date().toISOString(),
  };
  if (pipeline.kind === "attack_classifier") {
    const write = layout === "training" ? attackTraining : attackBackend;
    return { bytes: pickled(write(pipeline, context)), module: null };
  }
  if (layout === "training") return { bytes: pickled(await threatTraining(pipeline, context, keras)), module: null };
  const { content, needsModule } = threatBackend(pipeline, context);
  return { bytes: pickled(content), module: needsModule ? { name: "mlsec_backend.py", text: BACKEND_MODULE } : null };
}
