import { type CsvSource, plainChunks, reopenable } from "../csv/source.js";
import { MlsecError } from "../errors.js";
import { throwIfAborted } from "../progress.js";
import { MAX_LINE_BYTES } from "./limits.js";

const LINE_FEED = 0x0a;

/** One line of a source, without its line feed. */
export interface SourceLine {
  /** Counted from 1, empty lines too. */
  readonly number: number;
  readonly bytes: Uint8Array;
}

export interface SourceLinesOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes read so far, as they are stored, packed or not. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/**
 * The lines of a source, packed with gzip or not: for every chunk of its bytes the lines that end in it, which must be taken
 * before the next chunk is asked for. Their bytes are valid until then. Nothing but an unfinished line is kept.
 *
 * @throws MlsecError `json-line-too-long` for a line of more than 16 MiB, `unreadable-source`, `aborted`; CsvError `csv-gzip`.
 */
export async function* sourceLines(
  source: CsvSource,
  { signal, onProgress }: SourceLinesOptions = {},
): AsyncGenerator<Iterable<SourceLine>> {
  const splitter = new LineSplitter();
  for await (const chunk of plainChunks(reopenable(source, false), onProgress)) {
    throwIfAborted(signal);
    yield splitter.push(chunk);
  }
  yield splitter.finish();
}

/** Cuts bytes into lines: hand it chunks of any size, and every line comes out once, in order. */
class LineSplitter {
  private pending: Uint8Array[] = [];
  private pendingBytes = 0;
  private lines = 0;

  /** The lines that end in the next bytes of the source. @throws MlsecError `json-line-too-long`. */
  *push(chunk: Uint8Array): Generator<SourceLine> {
    let at = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, at)) {
      yield this.take(chunk.subarray(at, end));
      at = end + 1;
    }
    if (at === chunk.length) return;
    this.pending.push(chunk.slice(at));
    this.pendingBytes += chunk.length - at;
    this.requireLength();
  }

  /** The last line, where it has no line feed. */
  *finish(): Generator<SourceLine> {
    if (this.pendingBytes > 0) yield this.take(new Uint8Array(0));
  }

  private take(end: Uint8Array): SourceLine {
    if (this.pendingBytes === 0) {
      this.requireLength(end.length);
      return { number: ++this.lines, bytes: end };
    }
    this.pending.push(end);
    this.pendingBytes += end.length;
    this.requireLength();
    const bytes = new Uint8Array(this.pendingBytes);
    let at = 0;
    for (const piece of this.pending) {
      bytes.set(piece, at);
      at += piece.length;
    }
    this.pending = [];
    this.pendingBytes = 0;
    return { number: ++this.lines, bytes };
  }

  private requireLength(bytes: number = this.pendingBytes): void {
    if (bytes <= MAX_LINE_BYTES) return;
    throw new MlsecError(
      "json-line-too-long",
      `Line ${this.lines + 1} is longer than ${MAX_LINE_BYTES} bytes. There is one record a line: is this one large document?`,
      { line: this.lines + 1, limit: MAX_LINE_BYTES },
    );
  }
}
