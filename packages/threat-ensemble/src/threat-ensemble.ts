import {
  DEFAULT_SEED,
  type FeatureMatrix,
  type FitOptions,
  type Labels,
  MlsecError,
  requireFeatures,
} from "@mlsec/preprocess";
import { ARCHITECTURES, type Architecture, type MemberName, memberSpec } from "./architecture.js";
import { type NetworkData, type NetworkEngine, trainWithEarlyStopping } from "./engine.js";
import { FittedEnsemble, MEMBERS, type Member, type MemberHistory, memberInputs } from "./fitted-ensemble.js";
import { InputLayout } from "./inputs.js";
import { networkEngine } from "./training/engine.js";

export interface ThreatEnsembleOptions extends FitOptions {
  /** What trains the networks. Default: the package's own `networkEngine()`. */
  readonly engine?: NetworkEngine | undefined;
  /** Rows for early stopping, not among the training rows. */
  readonly validation: { readonly matrix: FeatureMatrix; readonly labels: Labels };
  /** Default "compact". */
  readonly architecture?: Architecture | undefined;
  /** For each feature the original column that it came from: the LSTM's time steps. Default: each its own. */
  readonly sources?: readonly string[] | undefined;
  /** Most epochs of each member. Default: the architecture's. */
  readonly epochs?: number | undefined;
  /** Epochs without a better validation loss after which a member stops. Default 8 for the ANN, 4 for the LSTM. */
  readonly patience?: number | undefined;
}

const DEFAULT_PATIENCE: Readonly<Record<MemberName, number>> = { ann: 8, lstm: 4 };

/**
 * The threat detector's model, and its training. Labels are 0 = normal, 1 = attack.
 */
export class ThreatEnsemble extends FittedEnsemble {
  /**
   * Trains both members, with early stopping on the validation rows.
   *
   * @param matrix features scaled for networks: about zero mean and unit variance, no missing values.
   * @param labels codes 0 (normal) and 1 (attack), both present.
   * @throws MlsecError `single-class`, `not-finite`, `diverged`, `aborted`, `invalid-option`.
   */
  static async fit(matrix: FeatureMatrix, labels: Labels, options: ThreatEnsembleOptions): Promise<ThreatEnsemble> {
    const {
      engine = networkEngine(),
      validation,
      architecture = "compact",
      sources = matrix.features,
      seed = DEFAULT_SEED,
      signal,
      onProgress,
    } = options;
    if (sources.length !== matrix.features.length) {
      throw new MlsecError(
        "invalid-option",
        `${sources.length} sources were given for ${matrix.features.length} features.`,
      );
    }
    requireBothClasses(labels);
    requireFeatures(validation.matrix, matrix.features);
    requireFinite(matrix);
    requireFinite(validation.matrix);
    const layout = new InputLayout(sources);
    const history: MemberHistory[] = [];
    const members: Member[] = [];
    for (const [index, name] of MEMBERS.entries()) {
      const plan = ARCHITECTURES[architecture][name];
      const epochs = options.epochs ?? plan.epochs;
      const inputsOf = (rows: FeatureMatrix): Float32Array => memberInputs(name, layout, rows);
      const spec =
        name === "ann" ? memberSpec(plan, 1, sources.length) : memberSpec(plan, layout.steps.length, layout.width);
      const trained = await trainWithEarlyStopping(engine, spec, networkData(inputsOf(matrix), labels), {
        epochs,
        batchSize: plan.batchSize,
        learningRate: plan.learningRate,
        seed: seed + index,
        signal,
        validation: networkData(inputsOf(validation.matrix), validation.labels),
        patience: options.patience ?? DEFAULT_PATIENCE[name],
        onEpoch: (epoch) => onProgress?.({ what: `train ${name}`, done: epoch, total: epochs }),
      });
      if (trained.epochs < epochs) onProgress?.({ what: `train ${name}`, done: epochs, total: epochs });
      members.push({ name, network: trained.network });
      history.push({
        member: name,
        epochs: trained.epochs,
        bestEpoch: trained.bestEpoch,
        validationLoss: trained.validationLoss,
      });
    }
    return new ThreatEnsemble(matrix.features, layout, members, history);
  }
}

function networkData(inputs: Float32Array, labels: Labels): NetworkData {
  return { inputs, targets: Float32Array.from(labels.codes) };
}

function requireBothClasses({ codes, classes }: Labels): void {
  if (classes.length === 2 && codes.includes(0) && codes.includes(1)) return;
  throw new MlsecError("single-class", "A threat detector needs training rows of two classes, normal and attack.", {
    classes,
  });
}

function requireFinite(matrix: FeatureMatrix): void {
  for (const [index, values] of matrix.columns.entries()) {
    const row = values.findIndex((value) => !Number.isFinite(Math.fround(value)));
    if (row !== -1) {
      throw new MlsecError(
        "not-finite",
        `Feature ${JSON.stringify(matrix.features[index])} is ${values[row]} in row ${row}; networks need finite float32 values.`,
        {
          column: matrix.features[index],
          row,
        },
      );
    }
  }
}
