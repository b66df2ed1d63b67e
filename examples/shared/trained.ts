import { join } from "node:path";
import { loadDetector, type Pipeline, profileJson, saveBundle } from "@mlsec/bundle";
import type { Command } from "commander";
import { UsageError } from "./command.js";
import { ensureFolder, requireWritable, writeFileAtomic, writeJson } from "./files.js";
import { predictFile } from "./predictions.js";

/** Where a training program writes what it made. */
export interface OutputOptions {
  readonly outDir: string;
  readonly predictCsv?: string;
  readonly outputPreds?: string;
  readonly json?: string;
  readonly report?: string;
}

/** The options by which a user says where. */
export function outputOptions(program: Command, outDir: string): Command {
  return program
    .option("--predict-csv <file>", "also predict this CSV with the new model")
    .option("--output-preds <file>", "where to write these predictions (default: a file in the output folder)")
    .option("--out-dir <dir>", "output folder", outDir)
    .option("--json <file>", "also write the metrics to this file")
    .option(
      "--report <file>",
      "also write a report as one HTML file: curves, confusion, importances, audit, model card",
    );
}

/** Fails before the training where its results could not be written. */
export async function requireOutputs({ outDir, predictCsv, outputPreds, json, report }: OutputOptions): Promise<void> {
  if (outputPreds !== undefined && predictCsv === undefined)
    throw new UsageError("--output-preds needs --predict-csv.");
  await requireWritable(join(outDir, "bundle"), outputPreds, json, report);
}

/** Writes bundle, profile and metrics, named after the model's kind, and the predictions that were asked for. */
export async function writeTrained(
  pipeline: Pipeline,
  report: object,
  options: OutputOptions,
  signal: AbortSignal,
): Promise<void> {
  const { outDir, predictCsv, outputPreds, json } = options;
  const { kind } = pipeline;
  await ensureFolder(outDir);
  const bundle = await saveBundle(pipeline, { createdAt: new Date().toISOString() });
  await writeFileAtomic(join(outDir, `${kind}.safetensors`), bundle);
  await writeFileAtomic(join(outDir, `${kind}_profile.json`), profileJson(pipeline));
  await writeJson(join(outDir, `${kind}_metrics.json`), report);
  if (json !== undefined) await writeJson(json, report);
  console.log(
    `Wrote ${kind}.safetensors (${bundle.length} bytes), ${kind}_profile.json and ${kind}_metrics.json to ${outDir}.`,
  );
  if (predictCsv === undefined) return;
  const out = outputPreds ?? join(outDir, `${kind.split("_")[0]}_predictions.csv`);
  const { rows } = await predictFile(await loadDetector(bundle), predictCsv, out, { signal });
  console.log(`Wrote ${rows} predictions to ${out}.`);
}
