import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join, relative } from "node:path";
import { profileJson } from "@mlsec/bundle";
import { type ImportJoblibOptions, importJoblib, type JoblibImport, MAX_JOBLIB_BYTES } from "@mlsec/bundle/joblib";
import { readKerasInWorker } from "@mlsec/bundle/keras";
import { MlsecError } from "@mlsec/preprocess";
import { ensureFolderOf, writeFileAtomic, writeJson } from "./files.js";
import { profileBeside } from "./profiles.js";

const PICKLES: readonly string[] = [".joblib", ".pkl", ".pickle"];
const NETWORKS: readonly string[] = [".h5", ".hdf5", ".keras"];

/** What became of one file of Python. Plain JSON. */
export interface MigratedFile {
  /** Its path within the folder. */
  readonly file: string;
  /** "threat_detector", "attack_classifier", "keras", or null where it is no model. */
  readonly kind: string | null;
  /** Every class and function of Python that it names, or kind of layer. None was looked up. */
  readonly classes: readonly string[];
  /** A whole bundle, its parts alone, or nothing. */
  readonly converted: "bundle" | "parts" | null;
  /** Why there is no bundle, or what to look at before it is used; null where there is nothing to say. */
  readonly reason: string | null;
  /** The files that were written, within the output folder. */
  readonly written: readonly string[];
}

/** The files of Python in a folder and those in it, in the order of their names; links are not followed. */
export async function pythonArtefacts(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && [...PICKLES, ...NETWORKS].includes(extname(entry.name).toLowerCase()))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

/**
 * Converts one file and writes what came of it below `outDir`, in its place of the folder. Whatever is wrong with the file is a
 * reason, not an error.
 */
export async function migrateFile(
  folder: string,
  file: string,
  outDir: string,
  options: ImportJoblibOptions,
): Promise<MigratedFile> {
  const path = join(folder, file);
  const isNetwork = NETWORKS.includes(extname(file).toLowerCase());
  try {
    const { size } = await stat(path);
    if (size > MAX_JOBLIB_BYTES) throw new MlsecError("too-large", `The file has ${size} bytes.`, { got: size });
    const bytes = await readFile(path);
    if (isNetwork) return await migrateNetwork(bytes, file, outDir);
    const imported = await importJoblib(bytes, {
      ...options,
      profile: await readProfile(path),
      keras: readKerasInWorker,
    });
    const written = await writeImported(imported, outDir, file);
    const hasBundle = imported.bundle !== null;
    return {
      file,
      kind: imported.kind,
      classes: imported.content.names,
      converted: hasBundle ? "bundle" : written.length > 0 ? "parts" : null,
      reason: reasonOf(imported),
      written,
    };
  } catch (error) {
    if (!(error instanceof MlsecError || (error instanceof Error && "syscall" in error))) throw error;
    const kind = isNetwork ? "keras" : null;
    return { file, kind, classes: [], converted: null, reason: error.message, written: [] };
  }
}

/** A network by itself is a part: what leads to it is in no file of Keras. */
async function migrateNetwork(bytes: Uint8Array, file: string, outDir: string): Promise<MigratedFile> {
  const { network, layers } = await readKerasInWorker(bytes);
  const name = `${file}_network.json`;
  await ensureFolderOf(join(outDir, name));
  await writeJson(join(outDir, name), network.toJSON());
  return {
    file,
    kind: "keras",
    classes: [...new Set(layers.map(({ className }) => className))],
    converted: "parts",
    reason: "A network by itself is no detector: the bundle that joblib wrote with it has its encoders and scaler.",
    written: [name],
  };
}

/** The profile that lies beside a file. What is no JSON is none. */
async function readProfile(path: string): Promise<unknown> {
  const beside = profileBeside(path);
  if (beside === undefined) return undefined;
  const text = await readFile(beside, "utf8");
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Writes a bundle with its profile, or what parts there are: objects as JSON, networks as their bytes. */
async function writeImported(imported: JoblibImport, outDir: string, file: string): Promise<string[]> {
  const { bundle, pipeline, parts } = imported;
  const written: string[] = [];
  const write = async (ending: string, content: Uint8Array | string | object): Promise<void> => {
    // The whole name stays in it: a.joblib and a.pkl may lie side by side.
    const name = `${file}${ending}`;
    const path = join(outDir, name);
    await ensureFolderOf(path);
    if (typeof content === "string" || content instanceof Uint8Array) await writeFileAtomic(path, content);
    else await writeJson(path, content);
    written.push(name);
  };
  if (bundle !== null && pipeline !== null) {
    await write(".safetensors", bundle);
    await write("_profile.json", profileJson(pipeline));
    return written;
  }
  const objects = Object.fromEntries([...parts.objects].map(([at, object]) => [at, object.toJSON()]));
  const { preprocessor } = parts;
  if (Object.keys(objects).length > 0 || preprocessor !== null)
    await write("_parts.json", { preprocessor: preprocessor?.toJSON() ?? null, objects });
  for (const { path, format, bytes } of parts.networks)
    await write(`_${path.replaceAll(/[^\w.-]/g, "_")}.${format === "hdf5" ? "h5" : "keras"}`, bytes);
  return written;
}

/** What the notes say that a person should know: errors first, then warnings. */
function reasonOf({ notes }: JoblibImport): string | null {
  const told = ["error", "warning"].flatMap((severity) => notes.filter((note) => note.severity === severity));
  return told.length === 0 ? null : told.map(({ message }) => message).join(" ");
}
