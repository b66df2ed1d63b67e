import { MlsecError } from "../errors.js";
import type { CsvFile } from "./source.js";

const CHUNK_BYTES = 1 << 19;

/** What of Node's file system reading a file takes, spelled out so that the main entry needs no types of Node. */
export interface FileSystem {
  readonly promises: {
    open(path: string | URL, flags: "r"): Promise<FileHandle>;
    stat(path: string | URL): Promise<{ readonly size: number; isFile(): boolean }>;
  };
}

interface FileHandle {
  read(buffer: Uint8Array, offset: number, length: number, position: null): Promise<{ readonly bytesRead: number }>;
  close(): Promise<void>;
}

/** A file as a CSV source; see `csvFile` in `@mlsec/preprocess/node`. */
export function fileSource(fs: FileSystem, path: string | URL): CsvFile {
  return {
    open: async function* () {
      try {
        yield* chunksOfFile(fs, path);
      } catch (cause) {
        if (!(cause instanceof Error && "syscall" in cause)) throw cause;
        const message = `The file ${String(path)} cannot be read (${cause.message}). Check the path and its permissions.`;
        throw new MlsecError("file-not-readable", message, { path: String(path) }, { cause });
      }
    },
    // What is no regular file (a pipe, a device) tells no size; what is not there is told when it is opened.
    size: async () => {
      const stat = await fs.promises.stat(path).catch(() => undefined);
      return stat?.isFile() ? stat.size : undefined;
    },
  };
}

/**
 * Reads a file into two buffers by turns, one being filled while the other is used: a chunk is valid until the next one.
 * (Streams of Node take fresh memory for every chunk, which costs a tenth of the whole reading.)
 */
async function* chunksOfFile({ promises }: FileSystem, path: string | URL): AsyncGenerator<Uint8Array> {
  const handle = await promises.open(path, "r");
  let filling: Uint8Array = new Uint8Array(CHUNK_BYTES);
  let used: Uint8Array = new Uint8Array(CHUNK_BYTES);
  const fill = (): Promise<number> => {
    const read = handle.read(filling, 0, CHUNK_BYTES, null).then(({ bytesRead }) => bytesRead);
    // Whoever awaits it learns of a failure; until then nobody must be told that nobody did.
    read.catch(() => undefined);
    return read;
  };
  let reading = fill();
  try {
    for (;;) {
      const bytes = await reading;
      if (bytes === 0) return;
      [filling, used] = [used, filling];
      reading = fill();
      yield used.subarray(0, bytes);
    }
  } finally {
    await reading.catch(() => undefined);
    await handle.close();
  }
}
