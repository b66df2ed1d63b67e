import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { BenchRow } from "./case.ts";

/** What a contender's process prints as the last line of its output, as JSON. */
export interface Measurement {
  readonly seconds: number;
  /** Most memory that the process ever held, in units of 1,000,000 bytes. */
  readonly peakMB: number;
  /** A figure of what was computed, where all contenders must agree on it. */
  readonly answer?: number;
}

/** How far two answers may be apart, and still be of the same work in float32. */
const SAME_ANSWER = 1e-4;

/** A program that does the job once, in a process of its own, and prints its `Measurement`. */
export interface Contender {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** A contender in JavaScript; `script` is a URL of a file. */
export function nodeContender(name: string, script: URL, ...args: readonly string[]): Contender {
  return { name, command: process.execPath, args: [fileURLToPath(script), ...args] };
}

/** A contender in Python, run in the environment that `npm run test:interop` makes; null where that is not there. */
export function pythonContender(name: string, script: URL, ...args: readonly string[]): Contender | null {
  return inEnvironment("../interop/.venv", name, script, args);
}

/** A contender in Python, run in the environment of `bench/requirements.txt` (see the README); null where that is not there. */
export function benchContender(name: string, script: URL, ...args: readonly string[]): Contender | null {
  return inEnvironment(".venv", name, script, args);
}

function inEnvironment(folder: string, name: string, script: URL, args: readonly string[]): Contender | null {
  const python = fileURLToPath(
    new URL(`${folder}/${process.platform === "win32" ? "Scripts/python.exe" : "bin/python"}`, import.meta.url),
  );
  return existsSync(python) ? { name, command: python, args: [fileURLToPath(script), ...args] } : null;
}

/**
 * Runs all contenders in turn, `rounds` times over, so that what slows the machine down slows all of them, and gives each
 * one's medians. The first contender is ours.
 */
export async function alternate(
  contenders: readonly Contender[],
  rounds: number,
): Promise<ReadonlyMap<string, Measurement>> {
  const runs = new Map<string, Measurement[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) runs.get(contender.name)!.push(await run(contender));
  }
  requireSameAnswers(runs);
  return new Map(
    [...runs].map(([name, measured]) => [
      name,
      {
        seconds: median(measured.map(({ seconds }) => seconds)),
        peakMB: median(measured.map(({ peakMB }) => peakMB)),
      },
    ]),
  );
}

/** The rows of time and memory of one case. */
export function rowsOf(name: string, size: string, medians: ReadonlyMap<string, Measurement>): BenchRow[] {
  return [
    rowOf(name, size, "s", medians, ({ seconds }) => seconds),
    rowOf(name, size, "MB", medians, ({ peakMB }) => peakMB),
  ];
}

/** One row of a case. Ratios of rates are inverted: less is better for us. */
export function rowOf(
  name: string,
  size: string,
  unit: BenchRow["unit"],
  medians: ReadonlyMap<string, Measurement>,
  of: (measured: Measurement) => number,
): BenchRow {
  const [[, ours], ...peers] = [...medians].map(([who, measured]) => [who, of(measured)] as const) as [
    readonly [string, number],
    ...(readonly [string, number])[],
  ];
  const ratio = (theirs: number): number => (unit.endsWith("/s") ? theirs / ours : ours / theirs);
  return {
    case: name,
    size,
    unit,
    ours: rounded(ours),
    peers: Object.fromEntries(peers.map(([peer, theirs]) => [peer, rounded(theirs)])),
    ratio: Object.fromEntries(peers.map(([peer, theirs]) => [peer, rounded(ratio(theirs))])),
  };
}

/** @throws Error where a contender computed something else than the first. */
function requireSameAnswers(runs: ReadonlyMap<string, readonly Measurement[]>): void {
  const answers = [...runs].flatMap(([name, [first]]) => (first?.answer === undefined ? [] : [{ name, ...first }]));
  for (const { name, answer } of answers) {
    if (!(Math.abs(answer! - answers[0]!.answer!) < SAME_ANSWER))
      throw new Error(`${name} gives ${answer}, but ${answers[0]!.name} ${answers[0]!.answer}.`);
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

function run({ name, command, args }: Contender): Promise<Measurement> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (piece: string) => {
      output += piece;
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(JSON.parse(output.trim().split("\n").at(-1)!) as Measurement);
      else reject(new Error(`The contender ${name} failed with exit code ${code}.`));
    });
  });
}
