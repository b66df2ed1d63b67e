import { BundleError, type Detector, loadDetector, MAX_BUNDLE_BYTES } from "@mlsec/bundle";
import type { Progress } from "@mlsec/preprocess";
import { isCapture, readCapture } from "./capture.js";
import { type ModelCard, modelCard } from "./model-card.js";
import { type Scores, scoreTable } from "./scores.js";
import { readTraffic } from "./traffic.js";

/** Loads one model and scores files with it, on the page or elsewhere. */
export interface Scorer {
  /** @throws BundleError, or its twin from a worker. */
  open(bundle: Blob): Promise<ModelCard>;
  /** Scores a CSV or a capture with the opened model. @throws MlsecError that says what does not fit. */
  score(traffic: Blob, onProgress: (progress: Progress) => void): Promise<Scores>;
  /** Lets go of the model. */
  close(): void;
}

/** Works on the thread that calls it. */
export class LocalScorer implements Scorer {
  private detector: Detector | null = null;

  async open(bundle: Blob): Promise<ModelCard> {
    this.close();
    if (bundle.size > MAX_BUNDLE_BYTES) {
      throw new BundleError(
        "too-large",
        `A bundle has at most ${MAX_BUNDLE_BYTES} bytes, this file has ${bundle.size}. Choose another file.`,
        { limit: MAX_BUNDLE_BYTES, got: bundle.size },
      );
    }
    this.detector = await loadDetector(new Uint8Array(await bundle.arrayBuffer()));
    return modelCard(this.detector);
  }

  async score(traffic: Blob, onProgress: (progress: Progress) => void): Promise<Scores> {
    if (this.detector === null) throw new Error("No model has been opened.");
    if (await isCapture(traffic)) {
      const { table, ...metered } = await readCapture(traffic, this.detector, onProgress);
      return { ...(await scoreTable(this.detector, table, onProgress)), metered };
    }
    const table = await readTraffic(traffic, this.detector.inputs, onProgress);
    return scoreTable(this.detector, table, onProgress);
  }

  close(): void {
    this.detector = null;
  }
}
