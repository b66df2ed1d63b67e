import { rocAuc } from "@mlsec/evaluate";
import { Breather, MlsecError } from "@mlsec/preprocess";
import type { NetworkData } from "../engine.js";
import { crossEntropy } from "../network/cross-entropy.js";
import type { Network } from "../network/network.js";
import { Scorer } from "../network/scorer.js";
import type { NetworkSpec } from "../network/spec.js";

/** Milliseconds that a slice of rows may take, and the rows that it begins with: an abort is noticed within 100 ms. */
const SLICE_MS = 10;
const FIRST_SLICE = 8;
const TURN_MS = 20;

/** Measures one network after another on the same rows, in the same memory. */
export class Validation {
  private readonly scorer: Scorer;
  private readonly logits: Float32Array;
  private readonly rowLength: number;

  /** @throws MlsecError `no-rows` or `length-mismatch`. */
  constructor(
    spec: NetworkSpec,
    private readonly data: NetworkData,
  ) {
    const rows = data.targets.length;
    this.rowLength = spec.steps * spec.width;
    if (rows === 0) throw new MlsecError("no-rows", "There are no rows to validate on.");
    if (data.inputs.length !== rows * this.rowLength) {
      throw new MlsecError(
        "length-mismatch",
        `${rows} validation rows of ${this.rowLength} numbers are ${rows * this.rowLength} inputs, but there are ${data.inputs.length}.`,
        { expected: rows * this.rowLength, got: data.inputs.length },
      );
    }
    this.scorer = new Scorer(spec);
    this.logits = new Float32Array(rows);
  }

  /** The mean cross-entropy of the network on the rows. The clock decides how many are scored at once, never a bit. */
  async loss(network: Network, signal: AbortSignal | undefined): Promise<number> {
    const { inputs, targets } = this.data;
    const breather = new Breather(signal, TURN_MS);
    this.scorer.load(network.weights);
    let slice = FIRST_SLICE;
    for (let from = 0; from < targets.length; ) {
      const to = Math.min(from + slice, targets.length);
      const started = performance.now();
      this.scorer.logits(inputs.subarray(from * this.rowLength, to * this.rowLength), this.logits.subarray(from, to));
      if (performance.now() - started < SLICE_MS / 2) slice *= 2;
      from = to;
      if (breather.due()) await breather.pause();
    }
    let sum = 0;
    for (const [row, logit] of this.logits.entries()) sum += crossEntropy(logit, targets[row]!);
    return sum / targets.length;
  }

  /** The area under the ROC curve of the network that `loss` measured last. @throws MlsecError `one-class`. */
  auc(): number {
    return rocAuc(this.data.targets, this.logits);
  }
}
