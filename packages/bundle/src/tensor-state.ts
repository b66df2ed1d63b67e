import { isNumericArray, type Json, type NumericArray, type State } from "@mlsec/preprocess";
import { BundleError } from "./bundle-error.js";

/** What stands in the manifest in place of an array that became a tensor. */
const REFERENCE = "$tensor";
/** Keys that a loader would take for something else, or refuses. */
const RESERVED: readonly string[] = [REFERENCE, "__proto__"];

/**
 * Moves the typed arrays of a state into `tensors`, each under its path, and leaves references.
 *
 * @throws BundleError `invalid-manifest` for a key that no loader would take.
 */
export function separateTensors(state: State, path: string, tensors: Map<string, NumericArray>): Json {
  if (isNumericArray(state)) {
    tensors.set(path, state);
    return { [REFERENCE]: path };
  }
  if (Array.isArray(state))
    return state.map((item, index) => separateTensors(item as State, join(path, String(index)), tensors));
  if (state !== null && typeof state === "object") {
    return Object.fromEntries(
      Object.entries(state as Record<string, State>).map(([key, value]) => {
        // Training options and metrics, whose keys are the caller's, could have them.
        if (RESERVED.includes(key))
          throw new BundleError(
            "invalid-manifest",
            `No key of a bundle may be called ${JSON.stringify(key)}, as at ${path}.`,
          );
        return [key, separateTensors(value, join(path, key), tensors)];
      }),
    );
  }
  return state as Json;
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

/**
 * Puts tensors back in the place of their references, within what JSON was parsed into: its depth has been bounded, and it has
 * no key `__proto__`. Each tensor of the file must be used exactly once.
 *
 * @throws BundleError `invalid-manifest`.
 */
export function rejoinTensors(json: Json, tensors: ReadonlyMap<string, NumericArray>): State {
  const unused = new Set(tensors.keys());
  const rejoin = (value: State): State => {
    if (value === null || typeof value !== "object") return value;
    if (Array.isArray(value)) {
      // Lists of numbers, which most are, stay as they are.
      for (let i = 0; i < value.length; i++) if (typeof value[i] === "object") value[i] = rejoin(value[i] as State);
      return value;
    }
    const holder = value as Record<string, State>;
    if (Object.hasOwn(holder, REFERENCE)) return tensorOf(holder);
    for (const key of Object.keys(holder)) {
      const item = holder[key]!;
      if (typeof item === "object") holder[key] = rejoin(item);
    }
    return value;
  };
  const tensorOf = (reference: Record<string, State>): NumericArray => {
    const name = reference[REFERENCE]!;
    // Of a reference with more in it, another reader might take what is more.
    if (typeof name === "string" && Object.keys(reference).length === 1 && unused.delete(name))
      return tensors.get(name)!;
    throw new BundleError(
      "invalid-manifest",
      `The manifest refers to the tensor ${JSON.stringify(name)}, which is not in the file or is used twice, or says more than its name.`,
      { tensor: name },
    );
  };
  const state = rejoin(json);
  if (unused.size > 0) {
    const [name] = unused;
    throw new BundleError(
      "invalid-manifest",
      `The file holds a tensor ${JSON.stringify(name)} that the manifest does not use.`,
      { tensor: name },
    );
  }
  return state;
}
