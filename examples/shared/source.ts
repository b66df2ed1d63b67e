import type { PacketSource } from "@mlsec/flows";
import { csvFile } from "@mlsec/preprocess/node";

export interface OpenSource {
  readonly bytes: PacketSource;
  /** Stops who works on them. */
  readonly signal: AbortSignal;
}

/** How long a program that writes to us, and that Ctrl-C reaches as well, has for its last words, in milliseconds. */
const LAST_WORDS = 500;

/**
 * A file, or standard input for `-`. Ctrl-C is how live traffic ends: it ends the input, and what has come is worked through to
 * the end, with all counts. It stops work on a file; a second one stops either at once.
 *
 * @param signal triggered by the first Ctrl-C.
 */
export function openSource(source: string, signal: AbortSignal): OpenSource {
  if (source !== "-") return { bytes: csvFile(source), signal };
  return { bytes: standardInput(signal), signal: new AbortController().signal };
}

async function* standardInput(signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const end = (): void => void setTimeout(() => process.stdin.destroy(), LAST_WORDS).unref();
  signal.addEventListener("abort", end, { once: true });
  try {
    for await (const piece of process.stdin) yield piece;
  } catch (error) {
    // Such an end is no error but to the stream.
    if (!signal.aborted) throw error;
  }
}
