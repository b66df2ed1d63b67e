import { ByteSink } from "../byte-sink.js";
import { crc32 } from "./crc32.js";

/** The first day that zip knows, 1980-01-01: the same content gives the same bytes. */
const DATE = 0x0021;
/** What a reader must know: 2.0, no more than to store. */
const VERSION = 20;

/** A zip of the files in their order, stored as they are (PKWARE's APPNOTE 6.3), as Keras writes its own. */
export function zipped(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const sink = new ByteSink();
  const directory = new ByteSink();
  for (const [name, content] of files) {
    const nameBytes = new TextEncoder().encode(name);
    const offset = sink.length;
    const crc = crc32(content);
    sink.int32(0x04034b50);
    describe(sink, nameBytes, content, crc);
    sink.bytes(nameBytes);
    sink.bytes(content);
    directory.int32(0x02014b50);
    directory.uint16(VERSION);
    describe(directory, nameBytes, content, crc);
    // No comment, on the first disk, no attributes; then where the file begins.
    for (let field = 0; field < 3; field++) directory.uint16(0);
    directory.int32(0);
    directory.int32(offset);
    directory.bytes(nameBytes);
  }
  const start = sink.length;
  sink.bytes(directory.finish());
  sink.int32(0x06054b50);
  for (const field of [0, 0, files.size, files.size]) sink.uint16(field);
  sink.int32(directory.length);
  sink.int32(start);
  sink.uint16(0);
  return sink.finish();
}

/** What a file's header and its entry of the directory have in common. */
function describe(sink: ByteSink, name: Uint8Array, content: Uint8Array, crc: number): void {
  // Version, flags, method (stored), time, date; no extra field.
  for (const field of [VERSION, 0, 0, 0, DATE]) sink.uint16(field);
  for (const field of [crc, content.length, content.length]) sink.int32(field);
  for (const field of [name.length, 0]) sink.uint16(field);
}
