import { MlsecError } from "@mlsec/preprocess";
import type { JudgeOptions } from "./judge-file.js";
import type { Answer, Call, Failure } from "./messages.js";
import { LocalScorer } from "./scorer.js";

const scorer = new LocalScorer();

addEventListener("message", async ({ data, ports }: MessageEvent<Call>) => {
  const port = ports[0]!;
  const answer = (message: Answer): void => port.postMessage(message);
  const stop = new AbortController();
  port.onmessage = () => stop.abort();
  try {
    const value = await answerTo(data, {
      signal: stop.signal,
      onProgress: (progress) => answer({ type: "progress", progress }),
    });
    answer({ type: "done", value });
  } catch (error) {
    answer({ type: "failed", failure: failureOf(error) });
  }
});

function answerTo(call: Call, options: JudgeOptions): Promise<(Answer & { type: "done" })["value"]> {
  switch (call.method) {
    case "open":
      return scorer.open(call.file);
    case "remove":
      return scorer.remove(call.kind).then(() => undefined);
    case "score":
      return scorer.score(call.file, options);
    case "save":
      return scorer.save(options);
  }
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), code: null };
  return { name: error.name, message: error.message, code: error instanceof MlsecError ? error.code : null };
}
