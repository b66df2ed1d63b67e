// What is scored and read: two small bundles with their reports, and for each 1,000 rows from the head of a dataset and 10,000 from all over it;
// and two bundles of generated traffic with a capture of all attacks for both, and a CSV with the columns of both.
import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runExample } from "./run-example.mjs";

const HEAD_ROWS = 1000;
const SPREAD_ROWS = 10_000;
const BOTH_ROWS = 2000;
/** Counts up when the kept files change. */
const LAYOUT = 7;
const THREAT_OPTIONS = [
  "--features",
  "protocol_type,service,flag,src_bytes,dst_bytes,count,same_srv_rate,diff_srv_rate,dst_host_srv_count,dst_host_same_srv_rate",
  "--epochs",
  "2",
];
/** The same, and a column that headers do not tell. */
const LIVE_THREAT_OPTIONS = ["--features", `${THREAT_OPTIONS[1]},logged_in`, "--epochs", "2", "--flow-profile", "kdd"];
const LIVE_ATTACK_OPTIONS = ["--criterion", "entropy", "--class-weight", "square-root", "--flow-profile", "cic2017"];
/** Not the seed of the tables that the bundles are trained on. */
const CAPTURE_OPTIONS = ["--rows", "3000", "--random-state", "7"];
const ATTACK_OPTIONS = [
  "--exclude-labels",
  "Heartbleed,Infiltration - Portscan",
  "--criterion",
  "entropy",
  "--class-weight",
  "balanced",
];
const OPTIONS = [LAYOUT, THREAT_OPTIONS, ATTACK_OPTIONS, LIVE_THREAT_OPTIONS, LIVE_ATTACK_OPTIONS, CAPTURE_OPTIONS];

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
  const live = {
    threat: join(folder, "live", "threat_detector.safetensors"),
    attack: join(folder, "live", "attack_classifier.safetensors"),
    capture: join(folder, "live", "capture.pcap"),
    /** What attacks are in it, whose, and when. */
    attacks: join(folder, "live", "attacks.csv"),
    /** Connections and flows side by side. */
    csv: join(folder, "live", "both.csv"),
  };
  return { threat: subject("threat_detector"), attack: subject("attack_classifier"), live };
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
  const hash = createHash("sha256").update(JSON.stringify(OPTIONS));
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
  const connections = join(work, "connections.csv");
  const flows = join(work, "flows.csv");
  await example("generate.ts", "--dataset", "connections", "--rows", "10000", "--out", connections);
  await example("generate.ts", "--dataset", "flows", "--rows", "10000", "--out", flows);
  await makeLive(example, connections, flows, join(folder, "live"));
  const threatCsv = sources.threat ?? connections;
  const attackCsv = sources.attack ?? flows;
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

/** Bundles that know the profiles of their features, and traffic that was generated apart from theirs. */
async function makeLive(example, connections, flows, folder) {
  const outputs = ["--out-dir", folder];
  await example("train-threat.ts", "--train-csv", connections, ...LIVE_THREAT_OPTIONS, ...outputs);
  await example("train-attack.ts", "--train-csvs", flows, ...LIVE_ATTACK_OPTIONS, ...outputs);
  const [capture, attacks] = [join(folder, "capture.pcap"), join(folder, "attacks.csv")];
  await example("generate.ts", "--dataset", "capture", ...CAPTURE_OPTIONS, "--out", capture, "--labels", attacks);
  const texts = await Promise.all([connections, flows].map((path) => readFile(path, "utf8")));
  const [left, right] = texts.map((text) =>
    text
      .trimEnd()
      .split("\n")
      .slice(0, BOTH_ROWS + 1),
  );
  const both = left.map((row, at) => `${row},${right[at]}`);
  const column = both[0].split(",").indexOf("src_bytes");
  // Three rows that cannot be judged, of which one cannot even be read.
  for (const [row, value] of [
    [3, "Infinity"],
    [700, ""],
    [1500, "many"],
  ])
    both[row] = both[row]
      .split(",")
      .map((cell, at) => (at === column ? value : cell))
      .join(",");
  await writeFile(join(folder, "both.csv"), csvText(both[0], both.slice(1)));
}

function csvText(header, rows) {
  return `${[header, ...rows].join("\n")}\n`;
}
