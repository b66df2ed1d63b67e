import type { ModelKind, Progress } from "@mlsec/preprocess";
import type { ModelCard } from "./model-card.js";
import type { Scores } from "./scores.js";

/** What the page asks of the worker. Each call brings a port of its own, on which its answers come back. */
export type Call =
  | { readonly method: "open"; readonly file: Blob }
  | { readonly method: "remove"; readonly kind: ModelKind }
  | { readonly method: "score"; readonly file: Blob }
  | { readonly method: "save" };

/** What the page says on a call's port: that nobody wants its end any more. */
export type Cancel = "cancel";

/** What the worker says on a call's port: progress as often as it likes, then how the call ended. */
export type Answer =
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "done"; readonly value: ModelCard | Scores | Blob | undefined }
  | { readonly type: "failed"; readonly failure: Failure };

/** An error as data: of its class and fields, a message between threads keeps only some. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  /** The code of an MlsecError; null for other errors. */
  readonly code: string | null;
}
