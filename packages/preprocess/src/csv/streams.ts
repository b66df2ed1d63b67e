import { joinedBytes } from "../joined-bytes.js";

/** The chunks of a stream, by its reader: not every browser lets `for await` walk a stream. */
export async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      ended = done;
      if (done) return;
      yield value;
    }
  } finally {
    if (!ended) await reader.cancel().catch(() => undefined);
    reader.releaseLock();
  }
}

/** Smaller chunks are put together: every one that a stream hands on costs more than its copy. */
const STREAMED_BYTES = 1 << 16;

/** A stream of the chunks, asked for as they are wanted; a failure of theirs is the stream's. */
export function streamOf(chunks: AsyncIterator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        // A source in memory answers without a turn of the event loop, on which the stream's reader may be waiting.
        await new Promise<void>((resolve) => setTimeout(resolve, 0));
        // Copies: a source may reuse its buffer before the stream's reader has taken the bytes.
        const pieces: Uint8Array[] = [];
        for (let bytes = 0; bytes < STREAMED_BYTES; ) {
          const { done, value } = await chunks.next();
          if (done) break;
          pieces.push(value.slice());
          bytes += value.length;
        }
        if (pieces.length === 0) controller.close();
        else controller.enqueue(pieces.length === 1 ? pieces[0]! : joinedBytes(pieces));
      },
      async cancel() {
        await chunks.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
