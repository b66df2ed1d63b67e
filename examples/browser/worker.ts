import { MlsecError } from "@mlsec/preprocess";
import type { Answer, Call, Failure } from "./messages.js";
import { LocalScorer } from "./scorer.js";

const scorer = new LocalScorer();

addEventListener("message", async ({ data, ports }: MessageEvent<Call>) => {
  const answer = (message: Answer, transfer: Transferable[] = []): void => ports[0]?.postMessage(message, transfer);
  try {
    if (data.method === "open") {
      answer({ type: "done", value: await scorer.open(data.file) });
      return;
    }
    const scores = await scorer.score(data.file, (progress) => answer({ type: "progress", progress }));
    answer({ type: "done", value: scores }, [
      scores.codes.buffer as ArrayBuffer,
      scores.probabilities.buffer as ArrayBuffer,
    ]);
  } catch (error) {
    answer({ type: "failed", failure: failureOf(error) });
  }
});

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), code: null };
  return { name: error.name, message: error.message, code: error instanceof MlsecError ? error.code : null };
}
