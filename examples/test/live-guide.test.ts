import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { loadDetectorFile } from "@mlsec/bundle/node";
import { type ConnectionRecord, meterFlowBatches, readConnections } from "@mlsec/flows";
import { concatTables, readCsv, Table, textColumn, toCsv } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { afterAll, beforeAll, expect, it, onTestFailed } from "vitest";
import { type Capture, captureOf } from "../data/capture.js";
import { type AttackWindow, BENIGN, FLOW_CLASSES, generateConnections, labeller } from "../data/index.js";
import { ALL_ATTACKS, ordinaryParts } from "../data/mixes.js";
import { commandsOf, makeCheckout, putProgram } from "./checkout.js";
import { connLog, eveJson } from "./logs.js";

/** Ordinary connections, and those of attacks that are there to be found. */
const ORDINARY = 400;
const ATTACKS = new Map([
  ["PortScan", 150],
  ["DDoS", 150],
  ["DoS Hulk", 100],
  ["FTP-Patator", 40],
]);
const COMMANDS = new Set([
  ...(await commandsOf("docs/guides/live.md")),
  ...(await commandsOf("packages/flows/README.md")),
]);

let folder: string;
let attacks: readonly AttackWindow[];
const path = (name: string): string => join(folder, name);

/** The files that the pages name, of generated traffic: that of the models' training is another than that which they judge. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlsec-guide-"));
  await makeCheckout(folder);
  // The only thing that is not here: a network to listen to.
  await putProgram(path("bin"), "tcpdump", `[ "$*" = "-i eth0 -U -w -" ] && exec cat traffic.pcap`);
  const capture = traffic(21);
  const bytes = Buffer.concat([...capture.pieces]);
  ({ attacks } = capture);
  const records: ConnectionRecord[] = [];
  for await (const record of readConnections(bytes)) records.push(record);
  await Promise.all([
    writeFile(path("traffic.pcap"), bytes),
    writeFile(path("conn.log"), connLog(records)),
    writeFile(path("eve.json"), eveJson(records)),
    writeFile(path("labelled-flows.csv"), toCsv(await labelledFlows(22))),
    writeFile(path("labelled-connections.csv"), toCsv(await generateConnections({ rows: 400, seed: 22 }))),
  ]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function traffic(seed: number): Capture {
  const parts = [...ATTACKS].map(([label, connections]) => ({
    label,
    behaviour: ALL_ATTACKS.get(label)!,
    connections,
  }));
  return captureOf([...ordinaryParts(ORDINARY, 0.5), ...parts], 150, false, Random.seeded(seed));
}

/** Flows with the features of new models, and a label, of the fourteen classes. */
async function labelledFlows(seed: number): Promise<Table> {
  const capture = traffic(seed);
  const bytes = Buffer.concat([...capture.pieces]);
  const labelOf = labeller(capture.attacks);
  const tables: Table[] = [];
  for await (const { table, records } of meterFlowBatches(bytes, { profile: "cic-fixed" })) {
    const labels = records.map(labelOf);
    const known = Int32Array.from(labels.keys()).filter((row) => FLOW_CLASSES.includes(labels[row]!));
    tables.push(Table.of([...table, ["Label", textColumn(labels)]]).take(known));
  }
  return concatTables(tables);
}

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Whether a command goes on until Ctrl-C. */
const follows = (command: string): boolean => /^tail .*-F /.test(command);

/** Runs a command in a shell, as a user gives it, to its end; one that has none gets Ctrl-C a second after its last verdict. */
function run(command: string): Promise<Ended> {
  const child = spawn("bash", ["-o", "pipefail", "-c", command], {
    cwd: folder,
    env: {
      ...process.env,
      PATH: `${path("bin")}${delimiter}${process.env["PATH"]}`,
      npm_config_update_notifier: "false",
    },
    // A group of its own, which Ctrl-C reaches whole, as that of a terminal.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  let silence: NodeJS.Timeout | undefined;
  child.stdout.on("data", (piece) => {
    stdout += piece;
    clearTimeout(silence);
    if (follows(command)) silence = setTimeout(() => process.kill(-child.pid!, "SIGINT"), 1000);
  });
  child.stderr.on("data", (piece) => (stderr += piece));
  onTestFailed(() => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, "SIGKILL");
  });
  return new Promise((resolve) =>
    child.on("close", (code, signal) => {
      clearTimeout(silence);
      resolve({ code, signal, stdout, stderr });
    }),
  );
}

const optionOf = (command: string, name: string): string | undefined =>
  new RegExp(` --${name}[ =](\\S+)`).exec(command)?.[1];

/** A table as the guide says: the columns of its profile, identifiers first. */
async function checkMeter(command: string, { stdout, stderr }: Ended): Promise<void> {
  const out = optionOf(command, "out")!;
  if (out !== "-") expect(stdout).toContain(`Wrote the features to ${out}.`);
  const table = await readCsv(out === "-" ? stdout : await readFile(path(out), "utf8"));
  const first = { cic2017: "Flow ID", "cic-fixed": "Flow ID", kdd: "start" }[optionOf(command, "profile")!];
  expect([table.names[0], table.rows]).toEqual([first, expect.any(Number)]);
  expect(table.rows).toBeGreaterThan(ORDINARY);
  expect(stderr).toMatch(new RegExp(`\\b${table.rows} (rows|flows)\\b`));
}

/** A bundle that remembers the profile. */
async function checkTraining(command: string, file: string): Promise<void> {
  const { bundle } = await loadDetectorFile(path(join(optionOf(command, "out-dir")!, file)));
  expect(bundle.pipeline.provenance.flowProfile).toBe(optionOf(command, "flow-profile"));
}

interface Verdict {
  readonly start: string;
  readonly source: string;
  readonly destination: string;
  readonly class: string | null;
}

const ENDS = /^(?<start>\S+Z) {2}(?<source>[\d.]+):\d+ > (?<destination>[\d.]+):\d+ [a-z]+ {2}(?<said>.*)$/;
const SAID = /^(?:-|(?<class>.+) [01]\.\d{4}(?: \(BENIGN by the second stage\))?)$/;

function verdictOf(line: string): Verdict {
  if (line.startsWith("{")) return JSON.parse(line);
  const { said = "", ...ends } = ENDS.exec(line)?.groups ?? {};
  const whose = SAID.exec(said)?.groups;
  if (whose === undefined) throw new Error(`${JSON.stringify(line)} is no verdict.`);
  return { ...(ends as Omit<Verdict, "class"> & { said: string }), class: whose["class"] ?? null };
}

/** Nothing but verdicts on standard output, which tell attacks from ordinary use; on standard error what there was in all. */
function checkVerdicts(command: string, { stdout, stderr }: Ended): void {
  const verdicts = stdout.trimEnd().split("\n").map(verdictOf);
  expect(verdicts.length).toBeGreaterThan(ORDINARY);
  expect(stderr).toMatch(/^\d+ packets.*, \d+ (flows|connections)|^\d+ connections, \d+ rows/m);
  const [, all, classes] = /^(\d+) flows and connections, \d+ of them attacks: (.*)\.$/m.exec(stderr) ?? [];
  expect(Number(all)).toBe(verdicts.length);
  const counts = new Map<string, number>();
  for (const { class: name } of verdicts) if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1);
  expect(new Set(classes!.split(", "))).toEqual(new Set([...counts].map(([name, count]) => `${name} ${count}`)));

  const labelOf = labeller(attacks);
  const truth = verdicts.map((of) => labelOf({ ...of, start: microseconds(of.start) }));
  /** Share of a label's verdicts that are right. */
  const share = (label: string, isRight: (name: string | null) => boolean): number => {
    const of = verdicts.filter((_, at) => truth[at] === label);
    return of.filter(({ class: name }) => isRight(name)).length / of.length;
  };
  const namesAttacks = command.includes("attack_classifier");
  const judgesConnections = command.includes("threat_detector");
  expect(share(BENIGN, (name) => name === BENIGN || name === "Normal")).toBeGreaterThan(0.85);
  for (const label of judgesConnections ? ["PortScan"] : ATTACKS.keys())
    expect([label, share(label, (name) => name === (namesAttacks ? label : "Attack")) > 0.8]).toEqual([label, true]);
}

/** @param time as verdicts have it: ISO 8601 with microseconds. */
function microseconds(time: string): number {
  return 1000 * Date.parse(`${time.slice(0, 23)}Z`) + Number(time.slice(23, 26));
}

async function check(command: string): Promise<void> {
  const result = await run(command);
  const program = /npm run (?:-s )?(\S+) --/.exec(command)?.[1];
  // Of one that follows a log, the shell tells how the log's reader ended.
  expect(follows(command) ? ["SIGINT", 130] : [0]).toContain(result.signal ?? result.code);
  expect(result.stderr).not.toContain("Error: ");
  if (program === "meter") await checkMeter(command, result);
  else if (program === "train:attack") await checkTraining(command, "attack_classifier.safetensors");
  else if (program === "train:threat") await checkTraining(command, "threat_detector.safetensors");
  else if (program === "detect") checkVerdicts(command, result);
  else throw new Error(`Nobody knows what ${JSON.stringify(command)} should do: say it here.`);
}

// One after the other: a command reads what one before it has written.
it.each([...COMMANDS])("%s", check);
