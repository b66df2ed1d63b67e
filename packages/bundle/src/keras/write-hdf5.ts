import { loadH5wasm } from "./hdf5.js";
import { withoutTimes } from "./hdf5-times.js";
import { KerasError } from "./keras-error.js";

/** What an HDF5 file shall hold: groups in groups, numbers, and texts as attributes. */
export interface Hdf5Group {
  readonly attributes?: Readonly<Record<string, string | readonly string[]>>;
  readonly groups?: Readonly<Record<string, Hdf5Group>>;
  readonly numbers?: Readonly<Record<string, Hdf5Numbers>>;
}

/** Numbers of a dataset, row-major. */
export interface Hdf5Numbers {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

type Library = Awaited<Awaited<ReturnType<typeof loadH5wasm>>["ready"]>;
type Group = import("h5wasm").Group;

/**
 * The bytes of an HDF5 file. The same content gives the same bytes: what HDF5 notes of the time of writing is blanked.
 *
 * @throws KerasError `missing-peer`, `not-written`.
 */
export async function writeHdf5(content: Hdf5Group): Promise<Uint8Array> {
  const h5 = await loadH5wasm();
  const library = await h5.ready;
  const path = "/written.h5";
  try {
    const file = new h5.File(path, "w");
    try {
      write(file, content);
    } finally {
      file.close();
    }
    return withoutTimes(library.FS.readFile(path));
  } catch (cause) {
    throw new KerasError(
      "not-written",
      "HDF5's library could not write the network: its memory may not be enough. Write smaller networks.",
      {},
      { cause },
    );
  } finally {
    remove(library, path);
  }
}

function write(group: Group, { attributes = {}, groups = {}, numbers = {} }: Hdf5Group): void {
  for (const [name, value] of Object.entries(attributes))
    group.create_attribute(name, typeof value === "string" ? value : [...value]);
  for (const [name, { values, shape }] of Object.entries(numbers))
    group.create_dataset({ name, data: values, shape: [...shape] });
  for (const [name, content] of Object.entries(groups)) write(group.create_group(name), content);
}

function remove({ FS }: Library, path: string): void {
  try {
    FS.unlink(path);
  } catch {
    // It was never made.
  }
}
