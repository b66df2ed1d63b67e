import type * as tfjs from "@tensorflow/tfjs";
import type { Network } from "../index.js";
import { toLayersModel } from "./to-layers-model.js";

/**
 * The network as the files of tfjs' own format, by name: `model.json`, which `tf.loadLayersModel` is given the address of, and
 * `weights.bin`, which must lie beside it.
 *
 * @throws MlsecError `invalid-network` as `toLayersModel`.
 */
export async function layersModelFiles(
  tf: typeof tfjs,
  network: Network,
): Promise<ReadonlyMap<"model.json" | "weights.bin", Uint8Array>> {
  const model = toLayersModel(tf, network);
  try {
    const { modelTopology, format, generatedBy, weightData, weightSpecs = [] } = await artifactsOf(tf, model);
    const weights = new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData));
    const weightsManifest = [{ paths: ["weights.bin"], weights: weightSpecs }];
    const json = { modelTopology, format, generatedBy, convertedBy: null, weightsManifest };
    return new Map([
      ["model.json", new TextEncoder().encode(JSON.stringify(json))],
      ["weights.bin", weights],
    ]);
  } finally {
    model.dispose();
  }
}

/** What tfjs' own handlers get to write. */
function artifactsOf(tf: typeof tfjs, model: tfjs.LayersModel): Promise<tfjs.io.ModelArtifacts> {
  return new Promise((resolve, reject) => {
    const handler = tf.io.withSaveHandler(async (artifacts) => {
      resolve(artifacts);
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    });
    model.save(handler).catch(reject);
  });
}
