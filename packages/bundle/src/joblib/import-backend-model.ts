import { Preprocessor, type State } from "@mlsec/preprocess";
import { FittedEnsemble } from "@mlsec/threat-ensemble/score";
import { Attributes, invalidModel } from "./attributes.js";
import { beyondLimit } from "./joblib-error.js";
import { MAX_IMPORTED, MAX_STATE_DEPTH, MAX_STATE_VALUES } from "./limits.js";
import { NumpyArray } from "./numpy-array.js";
import { PythonObject, PythonTuple, type PythonValue } from "./python-value.js";
import { BACKEND_CLASS, BACKEND_FORMAT } from "./write/backend-model.js";

/** A `MlsecModel`, as `toJoblib` writes it into a backend's layout. */
export interface ImportedBackendModel {
  readonly ensemble: FittedEnsemble;
  /** Null where the layout's encoders and scaler lead to it. */
  readonly preprocessor: Preprocessor | null;
  readonly classes: readonly [normal: string, attack: string];
}

export function isBackendModel(value: PythonValue | undefined): value is PythonObject {
  return value instanceof PythonObject && value.qualifiedName === BACKEND_CLASS && !value.isCall;
}

/** The model that was written, also where Python has dumped it again. @throws JoblibError `invalid-model`, `too-large`; MlsecError of its parts. */
export function importBackendModel(object: PythonObject, path: string): ImportedBackendModel {
  const attributes = Attributes.of(object, path)!;
  if (attributes.count("format") !== BACKEND_FORMAT)
    return attributes.fail("format", `${BACKEND_FORMAT}, the only one that is known here`);
  const [normal, attack, ...others] = attributes.labels("class_names") ?? [];
  if (normal === undefined || attack === undefined || others.length > 0)
    return attributes.fail("class_names", "two names");
  const states = new StateImport();
  const preprocessor = attributes.get("preprocessor");
  return {
    ensemble: FittedEnsemble.fromState(states.of(attributes.get("ensemble") ?? null, attributes.at("ensemble"))),
    preprocessor:
      preprocessor === undefined
        ? null
        : Preprocessor.fromState(states.of(preprocessor, attributes.at("preprocessor"))),
    classes: [normal, attack],
  };
}

/** Makes states of dicts, lists and arrays. Parts may be in a file many times, or hold themselves. */
class StateImport {
  private values = 0;
  private cells = 0;

  of(value: PythonValue, path: string, depth = 0): State {
    if (depth > MAX_STATE_DEPTH || ++this.values > MAX_STATE_VALUES)
      throw beyondLimit(0, "values of a state", MAX_STATE_VALUES);
    if (value === null || typeof value === "boolean" || typeof value === "number" || typeof value === "string")
      return value;
    if (value instanceof NumpyArray) return this.numbers(value, path);
    if (Array.isArray(value) || value instanceof PythonTuple) {
      const items = Array.isArray(value) ? value : value.items;
      return items.map((item, place) => this.of(item, `${path}[${place}]`, depth + 1));
    }
    if (!(value instanceof Map)) throw invalidModel(path, "is no state of mlsec: it holds an object");
    return Object.fromEntries(
      [...value].map(([key, item]) => {
        if (typeof key !== "string" || key === "__proto__") throw invalidModel(path, "has a key that is no name");
        return [key, this.of(item, `${path}.${key.slice(0, 50)}`, depth + 1)];
      }),
    );
  }

  /** Of the types that states have. */
  private numbers(array: NumpyArray, path: string): State {
    this.cells += array.size;
    if (this.cells > MAX_IMPORTED) throw beyondLimit(0, "cells of arrays", MAX_IMPORTED);
    const { kind, itemSize } = array.type;
    const values = array.numbers();
    if (kind === "f") return itemSize === 4 ? Float32Array.from(values) : values;
    if (kind !== "i" || values.some((value) => value !== Math.trunc(value) || Math.abs(value) > 0x7fff_ffff))
      throw invalidModel(path, "must be an array of floats or of 32-bit integers");
    return Int32Array.from(values);
  }
}
