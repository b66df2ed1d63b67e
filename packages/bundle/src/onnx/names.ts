import { OnnxError } from "./onnx-error.js";

/** Whether a text comes through ONNX as it is: UTF-8 cannot spell half of a surrogate pair, and C ends a text at a zero. */
export function isWritable(text: string): boolean {
  return !/[\p{Surrogate}\0]/u.test(text);
}

/** @throws OnnxError `unsupported-name` for a text that ONNX cannot hold. */
export function requireWritable(what: string, name: string): void {
  if (isWritable(name)) return;
  throw new OnnxError(
    "unsupported-name",
    `The ${what} ${JSON.stringify(name)} cannot be written: it has a zero character or half a surrogate pair. Train with another name.`,
    { name },
  );
}

/**
 * Checks the names of inputs and outputs, which are one space of names in ONNX.
 *
 * @throws OnnxError `unsupported-name`, `name-taken`.
 */
export function requireNames(inputs: readonly string[], outputs: readonly string[]): void {
  for (const name of inputs) {
    requireWritable("column", name);
    if (name === "")
      throw new OnnxError(
        "unsupported-name",
        "A column has the empty name, which ONNX has no inputs of. Train with another name.",
        { name },
      );
  }
  for (const [place, name] of outputs.entries()) {
    requireWritable("output", name);
    if (name !== "" && !inputs.includes(name) && !outputs.includes(name, place + 1)) continue;
    throw new OnnxError(
      "name-taken",
      `No output can be called ${JSON.stringify(name)}: a column or the other output is, or it is empty. Choose another with the option outputs.`,
      { name },
    );
  }
}
