import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Context, command, run, UsageError } from "./shared/command.js";
import { ensureFolder, requireWritable, writeJson } from "./shared/files.js";

interface Options {
  readonly real?: boolean;
  readonly outDir: string;
  readonly json?: string;
}

interface Step {
  /** The npm script whose program it is, and its arguments: what a reader would type. */
  readonly script: keyof typeof PROGRAMS;
  readonly args: readonly string[];
}

const PROGRAMS = {
  generate: "generate.ts",
  "train:threat": "train-threat.ts",
  "train:attack": "train-attack.ts",
  validate: "validate.ts",
  predict: "predict.ts",
};

/** Flow files have rows of duration 0, whose rates are infinite. */
const SKIP_INVALID = ["--invalid-rows", "skip"];
const ATTACK_OPTIONS = ["--criterion", "entropy", "--class-weight", "square-root"];

const program = command(
  "quickstart",
  "The main job: trains both models, evaluates, saves, loads them again in another process and predicts.",
)
  .option("--real", "use the real datasets in the folder MLSEC_DATA instead of generated traffic")
  .option("--out-dir <dir>", "output folder", "out/quickstart")
  .option("--json <file>", "also write the steps and their seconds to this file");

await run<Options>(program, main);

async function main({ real = false, outDir, json }: Options, { signal }: Context): Promise<void> {
  await requireWritable(join(outDir, "file"), json);
  await ensureFolder(outDir);
  const steps: { command: string; seconds: number }[] = [];
  const seconds = (since: number): number => Math.round(performance.now() - since) / 1000;
  const began = performance.now();
  for (const next of real ? realSteps(outDir) : generatedSteps(outDir)) {
    const since = performance.now();
    steps.push({ command: await runStep(next, signal), seconds: seconds(since) });
  }
  console.log(`\nDone in ${seconds(began).toFixed(0)} s. Models, profiles, metrics and predictions are in ${outDir}.`);
  if (json !== undefined) await writeJson(json, { seconds: seconds(began), steps });
}

function step(script: keyof typeof PROGRAMS, ...args: string[]): Step {
  return { script, args };
}

function generatedSteps(out: string): Step[] {
  const connections = join(out, "connections.csv");
  const flows = join(out, "flows.csv");
  return [
    step("generate", "--dataset", "connections", "--rows", "8000", "--out", connections),
    step("generate", "--dataset", "flows", "--rows", "20000", "--out", flows),
    step(
      "train:threat",
      "--train-csv",
      connections,
      "--rfe-trees",
      "30",
      "--epochs",
      "15",
      "--flow-profile",
      "kdd",
      "--out-dir",
      out,
    ),
    step("train:attack", "--train-csvs", flows, ...ATTACK_OPTIONS, "--flow-profile", "cic2017", "--out-dir", out),
    ...useModels(out, connections, flows),
  ];
}

function realSteps(out: string): Step[] {
  const data = process.env["MLSEC_DATA"];
  if (data === undefined) {
    throw new UsageError(
      "--real needs MLSEC_DATA, the environment variable that names the folder with nsl-kdd/ and cicids2017/.",
    );
  }
  const connections = join(data, "nsl-kdd", "Train_data.csv");
  const flows = join(data, "cicids2017", "improved-sample.csv");
  for (const file of [connections, flows]) {
    if (!existsSync(file)) throw new UsageError(`MLSEC_DATA is set to ${data}, but ${file} is not there.`);
  }
  const excluded = "Heartbleed,Infiltration - Portscan";
  return [
    step("train:threat", "--train-csv", connections, "--out-dir", out),
    step("train:attack", "--train-csvs", flows, "--exclude-labels", excluded, ...ATTACK_OPTIONS, "--out-dir", out),
    ...useModels(out, connections, flows),
  ];
}

/** What comes after training: each program loads the bundle from its file, in a process of its own. */
function useModels(out: string, connections: string, flows: string): Step[] {
  const threat = join(out, "threat_detector.safetensors");
  const attack = join(out, "attack_classifier.safetensors");
  return [
    step("validate", "--bundle", threat, "--csv", connections),
    step("predict", "--bundle", threat, "--csv", connections, "--out", join(out, "threat_predictions.csv")),
    step("validate", "--bundle", attack),
    step("predict", "--bundle", attack, "--csv", flows, "--out", join(out, "attack_predictions.csv"), ...SKIP_INVALID),
  ];
}

/** Runs a step in a process of its own; gives the command that a reader would type. */
function runStep({ script, args }: Step, signal: AbortSignal): Promise<string> {
  const shown = args.map((arg) => (/[\s,]/.test(arg) ? `"${arg}"` : arg)).join(" ");
  const commandLine = `npm run ${script} -- ${shown}`;
  console.log(`\n$ ${commandLine}`);
  const path = fileURLToPath(new URL(PROGRAMS[script], import.meta.url));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--import", "tsx", path, ...args], { stdio: "inherit" });
    signal.addEventListener("abort", () => child.kill("SIGINT"), { once: true });
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve(commandLine) : reject(new UsageError(`npm run ${script} failed.`)),
    );
  });
}
