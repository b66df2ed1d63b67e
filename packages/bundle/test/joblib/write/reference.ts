import { encodeLabels, Preprocessor, takeLabels } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { initialWeights, Network, ThreatEnsemble } from "@mlsec/threat-ensemble";
import type { ThreatPipeline } from "../../../src/index.js";
import { connections, threatPipeline } from "../../pipelines.js";

/** A threat detector of the reference's steps, with small networks of every kind of layer that have only starting weights. */
export async function referencePipeline(): Promise<ThreatPipeline> {
  const table = connections(120);
  const labels = encodeLabels(table.texts("class") as string[], ["Normal", "Attack"]);
  const features = table.drop(["class"]);
  const preprocessor = Preprocessor.fit(features, [{ step: "ordinalEncode" }, { step: "standardScale" }]);
  const matrix = preprocessor.transform(features);
  const rows = Int32Array.from({ length: 40 }, (_, row) => row);
  const logit = { type: "dense", units: 1, activation: "linear" } as const;
  const model = await ThreatEnsemble.fit(matrix, labels, {
    engine: {
      name: "starting weights",
      train: async (spec, _data, { seed, onEpoch }) => {
        const network = new Network(spec, initialWeights(spec, Random.seeded(seed)));
        await onEpoch?.(1, network);
        return network;
      },
    },
    validation: { matrix: preprocessor.transform(features.take(rows)), labels: takeLabels(labels, rows) },
    sources: preprocessor.sources,
    architecture: {
      ann: {
        layers: [
          { type: "dense", units: 5, activation: "relu" },
          { type: "batchNorm" },
          { type: "dropout", rate: 0.2 },
          { type: "dense", units: 3, activation: "linear" },
          logit,
        ],
      },
      lstm: {
        layers: [
          { type: "lstm", units: 4, returnSequences: true },
          { type: "batchNorm" },
          { type: "dropout", rate: 0.25 },
          { type: "lstm", units: 3, returnSequences: false },
          logit,
        ],
      },
    },
  });
  return { ...(await threatPipeline()), preprocessor, model };
}
