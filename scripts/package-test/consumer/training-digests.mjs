// Trains small networks on seeded data, with every kind of layer, optimizer and schedule, and an ensemble: any Node, page or
// worker must come to the same bytes.

const LOGIT = { type: "dense", units: 1, activation: "linear" };
const TRAININGS = {
  ann: {
    spec: {
      steps: 1,
      width: 6,
      layers: [
        { type: "dense", units: 18, activation: "relu" },
        { type: "batchNorm" },
        { type: "dropout", rate: 0.25 },
        { type: "dense", units: 7, activation: "relu" },
        LOGIT,
      ],
    },
    options: {
      optimizer: { type: "adam", weightDecay: 0.01 },
      schedule: { type: "exponential", decaySteps: 5, decayRate: 0.9 },
      classWeights: [1, 2.5],
      learningRate: 0.01,
    },
  },
  lstm: {
    spec: {
      steps: 3,
      width: 2,
      layers: [
        { type: "lstm", units: 10, returnSequences: true },
        { type: "dropout", rate: 0.25 },
        { type: "lstm", units: 5, returnSequences: false },
        LOGIT,
      ],
    },
    options: {
      optimizer: { type: "sgd", momentum: 0.9 },
      schedule: { type: "linear", decaySteps: 12, endRate: 0.001 },
      learningRate: 0.1,
    },
  },
};
const FEATURES = ["a", "b", "c", "d", "e", "f"];
const ROWS = 150;

/**
 * @param packages `preprocess`, `numeric` and `threatEnsemble`: the modules.
 * @param engine what trains.
 * @returns SHA-256 of the weights of each network, and of the ensemble as JSON.
 */
export async function trainingDigests({ preprocess, numeric, threatEnsemble }, engine) {
  const random = numeric.Random.seeded(11);
  const inputs = Float32Array.from({ length: ROWS * FEATURES.length }, () => random.normal());
  const targets = Float32Array.from({ length: ROWS }, (_, row) => (inputs[row * FEATURES.length] > 0.2 ? 1 : 0));
  const digests = {};
  for (const [name, { spec, options }] of Object.entries(TRAININGS)) {
    const training = { ...options, epochs: 4, batchSize: 32, seed: 5 };
    const { weights } = await engine.train(spec, { inputs, targets }, training);
    const numbers = weights.flatMap((layer) => Object.values(layer).flatMap((values) => Array.from(values)));
    digests[name] = await sha256(Float32Array.from(numbers));
  }
  const matrix = preprocess.featureMatrix(
    FEATURES,
    FEATURES.map((_, column) =>
      Float64Array.from({ length: ROWS }, (_, row) => inputs[row * FEATURES.length + column]),
    ),
  );
  const labels = preprocess.encodeLabels(
    Array.from(targets, (target) => (target === 1 ? "Attack" : "Normal")),
    ["Normal", "Attack"],
  );
  const ensemble = await threatEnsemble.ThreatEnsemble.fit(matrix, labels, {
    engine,
    validation: { matrix, labels },
    sources: ["a", "a", "b", "c", "c", "c"],
    epochs: 3,
    seed: 8,
  });
  digests.ensemble = await sha256(new TextEncoder().encode(JSON.stringify(ensemble.toJSON())));
  return digests;
}

/** @throws Error that names the first difference. */
export function requireSameDigests(got, expected) {
  for (const name of ["ann", "lstm", "ensemble"]) {
    if (got[name] !== expected[name]) throw new Error(`The digest of ${name} is ${got[name]}, not ${expected[name]}.`);
  }
}

async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
