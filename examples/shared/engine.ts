import { createRequire } from "node:module";
import { dirname } from "node:path";
import type { NetworkEngine } from "@mlsec/threat-ensemble";
import { tfjsEngine } from "@mlsec/threat-ensemble/tfjs";

/** TensorFlow.js on its WebAssembly backend as the training engine. Loaded on demand: only training needs it. */
export async function wasmEngine(): Promise<NetworkEngine> {
  const tf = await import("@tensorflow/tfjs");
  const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(`${dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm"))}/`);
  await tf.setBackend("wasm");
  await tf.ready();
  return tfjsEngine(tf);
}
