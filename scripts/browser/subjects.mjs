// What is scored and read: two small bundles with their reports, and for each 1,000 rows from the head of a dataset and 10,000 from all over it.
import { spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

const HEAD_ROWS = 1000;
const SPREAD_ROWS = 10_000;
/** Counts up when the kept files change. */
const LAYOUT = 5;
const THREAT_OPTIONS = [
  "--features",
  "protocol_type,service,flag,src_bytes,dst_bytes,count,same_srv_rate,diff_srv_rate,dst_host_srv_count,dst_host_same_srv_rate",
  "--epochs",
  "2",
];
const ATTACK_OPTIONS = [
  "--exclude-labels",
  "Heartbleed,Infiltration - Portscan",
  "--criterion",
  "entropy",
  "--class-weight",
  "balanced",
];

/**
 * The subjects, trained where no earlier run left them: on the real data that MLSEC_DATA names, else on generated
 * traffic. They are kept in a folder of their own for every state of the packages and of the training files.
 *
 * @param root the repository.
 * @param options `fresh` trains in any case; `signal` stops the training.
 */
export async function prepareSubjects(root, { fresh, signal }) {
  const sources = realSources() ?? generatedSources();
  const home = join(root, "out", "test-browser");
  const folder = join(home, await stateOf(root, sources));
  if (fresh) await rm(folder, { recursive: true, force: true });
  const isThere = existsSync(folder);
  console.log(`Data: ${sources.description}. Bundles: ${isThere ? "of an earlier run" : "training …"}`);
  if (!isThere) {
    const aside = join(home, `.${randomUUID()}.tmp`);
    await mkdir(aside, { recursive: true });
    try {
      await make(root, sources, aside, signal);
      await rename(aside, folder);
    } finally {
      await rm(aside, { recursive: true, force: true });
    }
  }
  const subject = (kind) => ({
    kind,
    bundle: join(folder, `${kind}.safetensors`),
    csv: join(folder, `${kind}.csv`),
    spreadCsv: join(folder, `${kind}.spread.csv`),
    report: join(folder, `${kind}.html`),
  });
  return { threat: subject("threat_detector"), attack: subject("attack_classifier") };
}

function realSources() {
  const data = process.env.MLSEC_DATA;
  if (data === undefined || data === "") return null;
  return {
    description: "real, from MLSEC_DATA",
    threat: join(data, "nsl-kdd", "Train_data.csv"),
    attack: join(data, "cicids2017", "improved-sample.csv"),
  };
}

function generatedSources() {
  return { description: "generated (set MLSEC_DATA for the real datasets)", threat: null, attack: null };
}

/** A name for everything that the subjects depend on: the built packages, the options, the training files. */
async function stateOf(root, { threat, attack }) {
  const hash = createHash("sha256").update(JSON.stringify([LAYOUT, THREAT_OPTIONS, ATTACK_OPTIONS]));
  for (const name of (await readdir(join(root, "packages"))).sort()) {
    hash.update(await readFile(join(root, "packages", name, "node_modules", ".mlsec-built")).catch(() => "not built"));
  }
  for (const file of [threat, attack]) {
    if (file === null) hash.update("generated");
    else {
      const { size, mtimeMs } = await stat(file).catch(() => missingData(file));
      hash.update(JSON.stringify([file, size, mtimeMs]));
    }
  }
  return hash.digest("hex").slice(0, 16);
}

function missingData(file) {
  throw new Error(`MLSEC_DATA is set, but there is no ${file}. Correct it, or unset it to use generated traffic.`);
}

async function make(root, sources, folder, signal) {
  const example = (program, ...args) => runExample(root, program, args, signal);
  const work = join(folder, "work");
  const threatCsv = sources.threat ?? join(work, "connections.csv");
  const attackCsv = sources.attack ?? join(work, "flows.csv");
  if (sources.threat === null) {
    await example("generate.ts", "--dataset", "connections", "--rows", "10000", "--out", threatCsv);
    await example("generate.ts", "--dataset", "flows", "--rows", "10000", "--out", attackCsv);
  }
  const outputs = (kind) => ["--out-dir", work, "--report", join(folder, `${kind}.html`)];
  await example("train-threat.ts", "--train-csv", threatCsv, ...THREAT_OPTIONS, ...outputs("threat_detector"));
  await example("train-attack.ts", "--train-csvs", attackCsv, ...ATTACK_OPTIONS, ...outputs("attack_classifier"));
  for (const [kind, csv] of [
    ["threat_detector", threatCsv],
    ["attack_classifier", attackCsv],
  ]) {
    await rename(join(work, `${kind}.safetensors`), join(folder, `${kind}.safetensors`));
    const [header, ...rows] = (await readFile(csv, "utf8")).trimEnd().split(/\r?\n/);
    // A detector refuses a table in which a cell is missing or infinite, as some of the flows' are.
    const whole = rows.filter((row) => !/(^|,)(|NaN|-?Infinity)(,|$)/.test(row));
    const spread = Array.from({ length: SPREAD_ROWS }, (_, at) => whole[Math.floor((at * whole.length) / SPREAD_ROWS)]);
    await writeFile(join(folder, `${kind}.csv`), csvText(header, rows.slice(0, HEAD_ROWS)));
    await writeFile(join(folder, `${kind}.spread.csv`), csvText(header, spread));
  }
  await rm(work, { recursive: true });
}

function csvText(header, rows) {
  return `${[header, ...rows].join("\n")}\n`;
}

function runExample(root, program, args, signal) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--import", "tsx", join("examples", program), ...args], {
      cwd: root,
      env: { ...process.env, TSX_TSCONFIG_PATH: join(root, "tsconfig.base.json") },
      stdio: ["ignore", "pipe", "pipe"],
      signal,
    });
    const output = [];
    child.stdout.on("data", (piece) => output.push(piece));
    child.stderr.on("data", (piece) => output.push(piece));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) return resolve();
      reject(new Error(`examples/${program} failed with exit code ${code}:\n${Buffer.concat(output)}`));
    });
  });
}
