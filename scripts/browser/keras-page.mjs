// What a page makes of networks of Keras, in workers of its own: scores of rows, or why there are none.

import { loadDetector } from "@mlsec/bundle";
import { importJoblib } from "@mlsec/bundle/joblib";
import { readKerasInWorker } from "@mlsec/bundle/keras";
import { Table, textColumn } from "@mlsec/preprocess";

const createWorker = () => new Worker(new URL("keras-worker.js", document.baseURI), { type: "module" });
const inWorker = (bytes, options) => readKerasInWorker(bytes, { ...options, createWorker });
const bytesOf = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

/** The scores of a network's rows, or the error. */
globalThis.networkOnPage = async (base64, inputs, options) => {
  try {
    const { network, ...rest } = await inWorker(bytesOf(base64), options);
    return { scores: Array.from(network.score(Float32Array.from(inputs))), ...rest };
  } catch ({ code, message, details }) {
    return { code, message, details };
  }
};

/** The probabilities of a training script's bundle, and the bundle that was made of it. */
globalThis.bundleOnPage = async (base64, columns) => {
  const { bundle, notes } = await importJoblib(bytesOf(base64), { keras: inWorker, mendClassNames: true });
  const detector = await loadDetector(bundle);
  const table = Table.of(
    Object.entries(columns).map(([name, cells]) => [
      name,
      typeof cells[0] === "string" ? textColumn(cells) : { kind: "number", values: Float64Array.from(cells) },
    ]),
  );
  return {
    probabilities: detector.detect(table).map(({ probability }) => probability),
    bundle: Array.from(bundle),
    notes,
  };
};
