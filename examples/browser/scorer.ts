import { BundleError, type Detector, loadDetector, MAX_BUNDLE_BYTES } from "@mlsec/bundle";
import type { ModelKind } from "@mlsec/preprocess";
import type { Stages } from "../shared/live/judge-traffic.js";
import { type JudgedFile, type JudgeOptions, judgeFile } from "./judge-file.js";
import { type ModelCard, modelCard } from "./model-card.js";
import { predictionsCsv, verdictsCsv } from "./predictions-csv.js";
import type { Scores } from "./scores.js";

/** Loads models and judges files with them, on the page or elsewhere. */
export interface Scorer {
  /** Loads a model, in the place of one of its kind. @throws BundleError, or its twin from a worker. */
  open(bundle: Blob): Promise<ModelCard>;
  /** Lets go of a model. */
  remove(kind: ModelKind): Promise<void>;
  /** Judges a CSV or a capture with the loaded models. @throws MlsecError that says what does not fit; `aborted`. */
  score(traffic: Blob, options: JudgeOptions): Promise<Scores>;
  /** The verdicts of the last `score` as a CSV. @throws MlsecError `aborted`. */
  save(options: JudgeOptions): Promise<Blob>;
  /** Lets go of everything. */
  close(): void;
}

/** Works on the thread that calls it. */
export class LocalScorer implements Scorer {
  private readonly models = new Map<ModelKind, Detector>();
  private last: (JudgedFile & { readonly traffic: Blob; readonly stages: Stages }) | null = null;

  async open(bundle: Blob): Promise<ModelCard> {
    if (bundle.size > MAX_BUNDLE_BYTES) {
      throw new BundleError(
        "too-large",
        `A bundle has at most ${MAX_BUNDLE_BYTES} bytes, this file has ${bundle.size}. Choose another file.`,
        { limit: MAX_BUNDLE_BYTES, got: bundle.size },
      );
    }
    const detector = await loadDetector(new Uint8Array(await bundle.arrayBuffer()));
    this.models.set(detector.kind, detector);
    this.last = null;
    return modelCard(detector);
  }

  async remove(kind: ModelKind): Promise<void> {
    this.models.delete(kind);
    this.last = null;
  }

  async score(traffic: Blob, options: JudgeOptions): Promise<Scores> {
    const stages = this.stages();
    this.last = null;
    const judged = await judgeFile(traffic, stages, options);
    this.last = { ...judged, traffic, stages };
    return judged.scores;
  }

  async save(options: JudgeOptions): Promise<Blob> {
    if (this.last === null) throw new Error("Nothing has been scored.");
    const { stages, traffic, verdicts, scores } = this.last;
    if (scores.unit === "rows" && !verdicts.isTwoStage) return predictionsCsv(stages[0], traffic, options);
    return verdictsCsv(verdicts);
  }

  close(): void {
    this.models.clear();
    this.last = null;
  }

  private stages(): Stages {
    const [threat, attack] = [this.models.get("threat_detector"), this.models.get("attack_classifier")];
    if (threat !== undefined && attack !== undefined) return [threat, attack];
    const only = threat ?? attack;
    if (only === undefined) throw new Error("No model has been opened.");
    return [only];
  }
}
