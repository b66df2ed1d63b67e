import { spawnSync } from "node:child_process";
import { chmodSync, existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toCsv } from "@mlsec/preprocess";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateConnections, generateFlows } from "../data/index.js";
import { ENVIRONMENT, ROOT, run } from "./run-program.js";

let folder: string;
const path = (name: string): string => join(folder, name);
const save = (name: string, text: string): Promise<void> => writeFile(path(name), text);

/** A CSV text with one cell changed; row 0 is the header. */
function withCell(csv: string, row: number, column: number, value: string): string {
  const lines = csv.split("\n");
  const fields = lines[row]!.split(",");
  fields[column] = value;
  lines[row] = fields.join(",");
  return lines.join("\n");
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlsec-bad-"));
  const connections = toCsv(await generateConnections({ rows: 600, seed: 5 }));
  const flows = toCsv(await generateFlows({ rows: 2000, seed: 5, dirty: false }));
  const [header, ...rows] = connections.trimEnd().split("\n");
  await save("connections.csv", connections);
  await save("flows.csv", flows);
  await save("empty.csv", "");
  await save("header-only.csv", `${header}\n`);
  await save("one-class.csv", `${[header, ...rows.filter((row) => row.endsWith(",normal"))].join("\n")}\n`);
  const small = [
    ...rows.filter((row) => row.endsWith(",normal")),
    ...rows.filter((row) => row.endsWith(",anomaly")).slice(0, 2),
  ];
  await save("small-class.csv", `${[header, ...small].join("\n")}\n`);
  await save("text-in-number.csv", withCell(connections, 7, 4, "lots"));
  await save("ragged.csv", connections.replace(/\n([^\n]+)\n/, "\n$1,surplus\n"));
  await save("duplicate-header.csv", withCell(connections, 0, 5, "src_bytes"));
  await save("infinite.csv", withCell(flows, 3, 1, "Infinity"));
  await save("misspelt.csv", withCell(flows, 0, 1, "Flow Duration"));
  await save("regular-file", "a file, no folder");
  await save("not-a-profile.json", "{");
  await mkdir(path("locked"));
  chmodSync(path("locked"), 0o555);
  const trained = await run(
    "train-attack.ts",
    "--train-csvs",
    path("flows.csv"),
    "--correlation-threshold",
    "1",
    "--out-dir",
    path("model"),
  );
  expect(trained).toMatchObject({ code: 0 });
  const bundle = await readFile(path("model/attack_classifier.safetensors"));
  await writeFile(path("truncated.safetensors"), bundle.subarray(0, bundle.length - 100));
  const altered = Buffer.from(bundle);
  altered[altered.length - 9]! ^= 4;
  await writeFile(path("altered.safetensors"), altered);
  await save("large.safetensors", "");
  await truncate(path("large.safetensors"), 500_000_001);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const BUNDLE = "model/attack_classifier.safetensors";

/** Program, arguments (those with a slash or a dot are paths below the folder), and what the error must say. */
const CASES: [string, string, string[], RegExp][] = [
  ["a missing file", "train-threat", ["--train-csv", "none.csv"], /none\.csv cannot be read .*Check the path/s],
  ["an empty file", "train-threat", ["--train-csv", "empty.csv"], /The CSV is empty/],
  ["a header without rows", "train-threat", ["--train-csv", "header-only.csv"], /has a header but no rows/],
  [
    "no label column",
    "train-threat",
    ["--train-csv", "connections.csv", "--label", "klass"],
    /no column "klass": expected 'klass', found 'class'/,
  ],
  [
    "no label column",
    "train-attack",
    ["--train-csvs", "connections.csv"],
    /no column "Label".*The columns are "duration"/s,
  ],
  ["a single class", "train-threat", ["--train-csv", "one-class.csv"], /Every row is normal; a detector needs both/],
  [
    "a class too small to stratify",
    "train-threat",
    ["--train-csv", "small-class.csv"],
    /needs at least 3 rows of every class; too few has "Attack"/,
  ],
  [
    "an unknown label",
    "train-attack",
    ["--train-csvs", "connections.csv", "--label", "class"],
    /"normal", "anomaly" are none of the 14 attack classes/,
  ],
  [
    "a feature that is misspelt",
    "train-threat",
    ["--train-csv", "connections.csv", "--features", "flag,src bytes"],
    /expected 'src bytes', found 'src_bytes'/,
  ],
  [
    "a feature that is misspelt",
    "predict",
    ["--bundle", BUNDLE, "--csv", "misspelt.csv", "--out", "out.csv"],
    /expected ' Flow Duration', found 'Flow Duration': same but for a leading space/,
  ],
  [
    "a normal label that no row has",
    "train-threat",
    ["--train-csv", "connections.csv", "--normal-label", "good"],
    /No row has the normal label "good"/,
  ],
  [
    "text in a numeric column",
    "train-threat",
    ["--train-csv", "text-in-number.csv"],
    /row 7, column "src_bytes": "lots" is not a number/,
  ],
  ["ragged rows", "train-threat", ["--train-csv", "ragged.csv"], /row 1 has 43 fields where the header has 42/],
  ["a duplicate header", "train-threat", ["--train-csv", "duplicate-header.csv"], /names "src_bytes" more than once/],
  [
    "infinite values",
    "predict",
    ["--bundle", BUNDLE, "--csv", "infinite.csv", "--out", "out.csv"],
    /Row 3, column " Flow Duration": Infinity\. Rows with missing/,
  ],
  [
    "more features than columns",
    "train-threat",
    ["--train-csv", "connections.csv", "--n-features", "50"],
    /must be a whole number from 1 to 41/,
  ],
  [
    "contradictory flags",
    "train-threat",
    ["--train-csv", "connections.csv", "--features", "flag", "--n-features", "3"],
    /give one of the two/,
  ],
  [
    "contradictory flags",
    "train-attack",
    ["--train-csvs", "flows.csv", "--test-csv", "flows.csv", "--test-size", "0.3"],
    /give one of the two/,
  ],
  [
    "contradictory flags",
    "train-threat",
    ["--train-csv", "connections.csv", "--output-preds", "p.csv"],
    /--output-preds needs --predict-csv/,
  ],
  [
    "an unknown flag",
    "predict",
    ["--bundle", BUNDLE, "--csv", "flows.csv", "--out", "out.csv", "--cvs", "flows.csv"],
    /unknown option '--cvs'.*Did you mean --csv/s,
  ],
  ["a required flag left out", "train-attack", [], /required option '--train-csvs <files\.\.\.>' not specified/],
  [
    "a value that is none of the choices",
    "train-threat",
    ["--train-csv", "connections.csv", "--scaler", "loud"],
    /Allowed choices are standard, robust/,
  ],
  [
    "a value that is no number",
    "train-threat",
    ["--train-csv", "connections.csv", "--epochs", "many"],
    /"many" is not a number/,
  ],
  [
    "a threshold out of range",
    "train-threat",
    ["--train-csv", "connections.csv", "--threshold", "1.5"],
    /threshold must be at least 0 and below 1/,
  ],
  [
    "a false-positive budget that is no rate",
    "train-threat",
    ["--train-csv", "connections.csv", "--false-positive-budget", "5"],
    /budget must be a rate from 0 to 1/,
  ],
  [
    "two ways to a threshold",
    "train-threat",
    ["--train-csv", "connections.csv", "--threshold", "0.4", "--threshold-rule", "f1"],
    /--threshold-rule .*cannot be used with/,
  ],
  [
    "flows without their share of attacks",
    "train-threat",
    ["--train-csv", "connections.csv", "--flows-per-day", "1000"],
    /--flows-per-day and --prevalence go together/,
  ],
  [
    "an output folder below a regular file",
    "train-attack",
    ["--train-csvs", "flows.csv", "--out-dir", "regular-file/out"],
    /regular-file is no folder/,
  ],
  [
    "a report in no folder",
    "train-threat",
    ["--train-csv", "connections.csv", "--out-dir", "out/never", "--report", "regular-file/report.html"],
    /regular-file is no folder/,
  ],
  [
    "an output file in no folder",
    "predict",
    ["--bundle", BUNDLE, "--csv", "flows.csv", "--out", "regular-file/out.csv"],
    /regular-file is no folder/,
  ],
  [
    "a truncated bundle",
    "predict",
    ["--bundle", "truncated.safetensors", "--csv", "flows.csv", "--out", "out.csv"],
    /changed or cut off after it was saved/,
  ],
  [
    "an altered bundle",
    "integrate",
    ["--bundle", "altered.safetensors", "--models-dir", "models"],
    /changed or cut off after it was saved/,
  ],
  ["an altered bundle", "validate", ["--bundle", "altered.safetensors"], /Does not fit/],
  [
    "a file that is no bundle",
    "export-sample",
    ["--bundle", "flows.csv", "--rows", "5", "--out", "out.csv"],
    /not an mlsec bundle/,
  ],
  [
    "a bundle one byte too large",
    "predict",
    ["--bundle", "large.safetensors", "--csv", "flows.csv", "--out", "out.csv"],
    /at most 500000000 bytes, .* has 500000001/,
  ],
  ["a bundle one byte too large", "validate", ["--bundle", "large.safetensors"], /at most 500000000 bytes/],
  [
    "a bundle of the other kind",
    "predict",
    ["--bundle", BUNDLE, "--csv", "flows.csv", "--out", "out.csv", "--model-type", "threat_detector"],
    /holds a model of the kind attack_classifier, not threat_detector/,
  ],
  [
    "a bundle of the other kind",
    "integrate",
    ["--bundle", BUNDLE, "--models-dir", "models", "--model-type", "threat_detector"],
    /holds a model of the kind attack_classifier, not threat_detector/,
  ],
  [
    "a bundle of the other kind",
    "validate",
    ["--bundle", BUNDLE, "--model-type", "threat_detector"],
    /holds a model of the kind attack_classifier, not threat_detector/,
  ],
  ["a profile that is no JSON", "validate", ["--bundle", BUNDLE, "--profile", "not-a-profile.json"], /is not JSON/],
  [
    "no example rows",
    "export-sample",
    ["--bundle", BUNDLE, "--rows", "0", "--out", "out.csv"],
    /from 1 to 1000000 rows, not 0/,
  ],
  [
    "an unknown dataset",
    "generate",
    ["--dataset", "packets", "--out", "out.csv"],
    /Allowed choices are connections, flows, capture/,
  ],
  [
    "labels of a table",
    "generate",
    ["--dataset", "flows", "--out", "out.csv", "--labels", "labels.csv"],
    /--labels goes with --dataset capture/,
  ],
];

describe("bad input ends in one paragraph, exit code 1 and nothing written", () => {
  it.each(CASES)("%s: %s %j", { timeout: 30_000 }, async (_what, program, args, message) => {
    const before = await listing();
    const isPath = (arg: string): boolean => /[./]/.test(arg) && !arg.startsWith("-") && Number.isNaN(Number(arg));
    const outDir = program.startsWith("train") && !args.includes("--out-dir") ? ["--out-dir", path("out")] : [];
    const { code, output } = await run(
      `${program}.ts`,
      ...args.map((arg) => (isPath(arg) ? path(arg) : arg)),
      ...outDir,
    );
    expect([code, output]).toEqual([1, expect.stringMatching(message)]);
    expect(output).not.toMatch(/\n {4}at |Error: .*\n\n./);
    expect(await listing()).toEqual(before);
  });

  it("an output folder that an unprivileged user may not write to", async () => {
    const args = [
      "--import",
      "tsx",
      join("examples", "generate.ts"),
      "--dataset",
      "flows",
      "--rows",
      "500",
      "--out",
      path("locked/out.csv"),
    ];
    const environment = { ...ENVIRONMENT, TSX_DISABLE_CACHE: "1" };
    chmodSync(folder, 0o755);
    const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const { status, stderr } = spawnSync(process.execPath, args, {
      cwd: ROOT,
      env: environment,
      encoding: "utf8",
      ...nobody,
    });
    expect([status, stderr]).toEqual([1, expect.stringMatching(/the folder .*locked may not be written to/)]);
  });

  it("a disk that takes no more", async () => {
    // A limit on the size of files stands for the full disk: 64 blocks of 1024 bytes.
    const out = path("full/out.csv");
    const command = `ulimit -f 64; exec "${process.execPath}" --import tsx examples/generate.ts --dataset flows --rows 5000 --out "${out}"`;
    const environment = { ...ENVIRONMENT, TSX_DISABLE_CACHE: "1" };
    const { status, stderr } = spawnSync("bash", ["-c", command], { cwd: ROOT, env: environment, encoding: "utf8" });
    expect([status, stderr]).toEqual([1, expect.stringMatching(/the system refused a file operation: EFBIG/)]);
    expect(await readdir(path("full"))).toEqual([]);
  });
});

async function listing(): Promise<string[]> {
  expect(existsSync(folder)).toBe(true);
  return (await readdir(folder, { recursive: true })).sort();
}
