import type { ErrorDetails, State } from "@mlsec/preprocess";
import type { KerasModel } from "./read-keras.js";

/** What a worker is given: one file, and what it may use. */
export interface Job {
  readonly bytes: Uint8Array;
  /** As text: what is parsed may hold what cannot be sent. */
  readonly config: string | null;
  readonly kerasVersion: string | undefined;
  readonly maxBytes: number | undefined;
  /** Most bytes of HDF5's WebAssembly. */
  readonly memoryBytes: number;
}

/** What it answers. */
export type Answer =
  | { readonly type: "read"; readonly network: State; readonly model: Omit<KerasModel, "network"> }
  | { readonly type: "failed"; readonly code: string | null; readonly message: string; readonly details: ErrorDetails };
