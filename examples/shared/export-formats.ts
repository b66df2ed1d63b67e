import { basename, dirname, join } from "node:path";
import type { Bundle } from "@mlsec/bundle";
import { SKLEARN_VERSIONS, type SklearnTarget, toJoblib } from "@mlsec/bundle/joblib";
import { toKeras } from "@mlsec/bundle/keras";
import { toOnnx } from "@mlsec/bundle/onnx";
import { Network } from "@mlsec/threat-ensemble/score";
import { layersModelFiles } from "@mlsec/threat-ensemble/tfjs";
import { UsageError } from "./command.js";
import { ensureFolder, ensureFolderOf, writeFileAtomic } from "./files.js";

/** A format that a bundle can be written in. */
export interface ExportFormat {
  /** What it is, for the help. */
  readonly text: string;
  /** The versions that it can be written for; none where it has none. */
  readonly targets: readonly string[];
  /** Writes a bundle to a path. @returns the files that it wrote. */
  readonly write: (bundle: Bundle, out: string, target: string | undefined) => Promise<readonly string[]>;
}

/** Every format, by its name on the command line. */
export const EXPORT_FORMATS: Readonly<Record<string, ExportFormat>> = {
  "joblib-training": {
    text: "a joblib file as training scripts save it",
    targets: SKLEARN_VERSIONS,
    write: (bundle, out, target) => writeJoblib(bundle, out, "training", target),
  },
  "joblib-backend": {
    text: "a joblib file as backends load it",
    targets: SKLEARN_VERSIONS,
    write: (bundle, out, target) => writeJoblib(bundle, out, "backend", target),
  },
  keras: {
    text: "a folder of a threat detector's networks, each as .h5 and .keras, without the preprocessing before them",
    targets: [],
    write: writeKeras,
  },
  tfjs: {
    text: "a folder of a threat detector's networks, each as tfjs' model.json and weights.bin, without the preprocessing before them",
    targets: [],
    write: writeTfjs,
  },
  onnx: {
    text: "one ONNX model of the whole pipeline, from raw columns to verdicts",
    targets: [],
    write: writeOnnx,
  },
};

async function writeJoblib(
  bundle: Bundle,
  out: string,
  layout: "training" | "backend",
  target: string | undefined,
): Promise<readonly string[]> {
  const { bytes, module } = await toJoblib(bundle, { layout, target: target as SklearnTarget, keras: toKeras });
  const beside = module === null ? null : join(dirname(out), module.name);
  if (beside !== null && basename(out) === module!.name)
    throw new UsageError(`${out} is what the Python module beside the file is called. Choose another name.`);
  await ensureFolderOf(out);
  await writeFileAtomic(out, bytes);
  if (beside === null) return [out];
  await writeFileAtomic(beside, module!.text);
  return [out, beside];
}

async function writeKeras(bundle: Bundle, out: string): Promise<readonly string[]> {
  const written: string[] = [];
  for (const [name, network] of networksOf(bundle, "Keras")) {
    await ensureFolder(out);
    for (const format of ["h5", "keras"] as const) {
      const { bytes } = await toKeras(network, { format, name });
      written.push(join(out, `${name}.${format}`));
      await writeFileAtomic(written.at(-1)!, bytes);
    }
  }
  return written;
}

async function writeTfjs(bundle: Bundle, out: string): Promise<readonly string[]> {
  const networks = networksOf(bundle, "tfjs");
  const tf = await import("@tensorflow/tfjs");
  // It writes advice otherwise.
  tf.enableProdMode();
  await tf.setBackend("cpu");
  const written: string[] = [];
  for (const [name, network] of networks) {
    const folder = join(out, name);
    await ensureFolder(folder);
    for (const [file, bytes] of await layersModelFiles(tf, network)) {
      written.push(join(folder, file));
      await writeFileAtomic(written.at(-1)!, bytes);
    }
  }
  return written;
}

/** A threat detector's networks by their names, with the fold that each is of. */
function networksOf({ pipeline }: Bundle, stack: string): ReadonlyMap<string, Network> {
  const members = pipeline.kind === "threat_detector" ? pipeline.model.members : [];
  const networks = members.filter(({ name }) => name !== "forest");
  if (networks.length === 0)
    throw new UsageError(
      `The bundle holds no network: ${stack} has neither trees nor forests. Export it as joblib-backend or onnx.`,
    );
  return new Map(
    networks.map(({ name, fold, model }) => [
      fold === null ? name : `${name}_${fold}`,
      Network.fromState(model.toState()),
    ]),
  );
}

async function writeOnnx(bundle: Bundle, out: string): Promise<readonly string[]> {
  await ensureFolderOf(out);
  await writeFileAtomic(out, await toOnnx(bundle));
  return [out];
}
