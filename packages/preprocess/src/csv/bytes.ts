import { type CsvSource, plainChunks, reopenable } from "./source.js";

/**
 * The bytes of any source that `readCsv` takes, in chunks and unpacked where they are gzip: for readers of other formats.
 * A chunk is valid until the next one is asked for.
 *
 * @throws MlsecError `unreadable-source`, `url-not-readable`, `file-not-readable`; CsvError `csv-gzip`.
 */
export async function* readBytes(source: CsvSource): AsyncGenerator<Uint8Array> {
  yield* plainChunks(reopenable(source, false));
}
