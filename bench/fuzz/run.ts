// npm run fuzz -- TARGET --cases N --seed S
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Random } from "@mlsec/preprocess/numeric";
import { targets } from "./targets.ts";

/** A case that takes longer counts as a hang. */
const HANG_MS = 1000;

const HELP = `npm run fuzz -- TARGET [--cases N] [--seed S]

Attacks a reader (${targets.map(({ name }) => name).join(", ")}) with N inputs (default 100000) drawn from seed S (default 1), and prints the outcomes by
kind, the slowest case and the peak memory. Every case is drawn from the seed and its own number, so that a failing one
can be run alone with --only NUMBER. Fails on an error that is not an MlsecError, on a case of over a second, and on
memory above the target's bound.`;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      cases: { type: "string", default: "100000" },
      seed: { type: "string", default: "1" },
      only: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const target = targets.find(({ name }) => name === positionals[0]);
  const cases = Number(values.cases);
  const seed = Number(values.seed);
  if (target === undefined || !Number.isSafeInteger(cases) || cases < 1) {
    console.error(HELP);
    return 1;
  }
  const random = Random.seeded(seed);
  const first = values.only === undefined ? 0 : Number(values.only);
  const end = values.only === undefined ? cases : first + 1;
  const outcomes = new Map<string, number>();
  const failures: string[] = [];
  let slowest = { case: first, ms: 0 };
  const started = performance.now();
  for (let index = first; index < end; index++) {
    const caseStarted = performance.now();
    let outcome: string;
    try {
      outcome = await target.runCase(random.fork(index), index);
    } catch (error) {
      outcome = "FAILED";
      const what = error instanceof Error ? error.stack : String(error);
      failures.push(`case ${index}: ${what}\n${await target.describe(random.fork(index), index)}`);
    }
    let ms = performance.now() - caseStarted;
    // Once more, since other processes may have held this one up.
    if (ms > HANG_MS) ms = Math.min(ms, await timeOf(() => target.runCase(random.fork(index), index)));
    if (ms > slowest.ms) slowest = { case: index, ms };
    if (ms > HANG_MS)
      failures.push(`case ${index} took ${Math.round(ms)} ms: ${await target.describe(random.fork(index), index)}`);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    if ((index + 1) % 100_000 === 0) console.error(`fuzz: ${index + 1} of ${cases} …`);
  }
  const peakMB = peakBytes() / 1e6;
  if (peakMB > target.maxPeakMB) failures.push(`memory reached ${Math.round(peakMB)} MB of ${target.maxPeakMB}`);
  console.log(`target    ${target.name}, seed ${seed}`);
  console.log(`cases     ${end - first} in ${Math.round((performance.now() - started) / 1000)} s`);
  for (const [outcome, count] of [...outcomes].sort((a, b) => b[1] - a[1]))
    console.log(`outcome   ${outcome} ${count}`);
  for (const line of target.report?.() ?? []) console.log(line);
  console.log(`slowest   case ${slowest.case}, ${slowest.ms.toFixed(1)} ms`);
  console.log(`memory    ${Math.round(peakMB)} MB at its peak, bound ${target.maxPeakMB} MB`);
  console.log(`failures  ${failures.length}`);
  for (const failure of failures.slice(0, 10)) console.log(failure);
  return failures.length === 0 ? 0 : 1;
}

/** How long it takes, in milliseconds, whatever comes of it. */
async function timeOf(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await run().catch(() => undefined);
  return performance.now() - started;
}

function peakBytes(): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))![1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}
