// npm run crash-test -- store [--kills N] [--seed S]
import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ModelStore } from "@mlsec/bundle/node";
import { Random } from "@mlsec/preprocess/numeric";

const HELP = `npm run crash-test -- store [--kills N] [--seed S]

Kills (SIGKILL) processes that install, activate, roll back and remove models, at random moments, N times (default 1000),
and looks after each whether the store opens, its active model is the one that its history says and loads, every change
that a process had told of is there, no installed model is lost, and nothing that was written aside is left. Two processes
change the store at once.`;

const WORKER = fileURLToPath(new URL("./worker.mjs", import.meta.url));
const BUNDLE = fileURLToPath(
  new URL("../../packages/bundle/test/fixtures/bundle-0.1-attack_classifier.safetensors", import.meta.url),
);
const KIND = "attack_classifier";

/** Processes that change the store at the same time. */
const AT_ONCE = 2;

/** The longest time from when a process is ready to its end, in milliseconds. */
const LONGEST_MS = 120;

/** A change that a process told of. */
interface Told {
  readonly why: string;
  readonly operation: string;
  readonly model: string | null;
}

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      kills: { type: "string", default: "1000" },
      seed: { type: "string", default: "1" },
      help: { type: "boolean", default: false },
    },
  });
  const kills = Number(values.kills);
  if (values.help || positionals[0] !== "store" || !Number.isSafeInteger(kills) || kills < 1) {
    console.log(HELP);
    return values.help ? 0 : 1;
  }
  const random = Random.seeded(Number(values.seed));
  const root = await mkdtemp(join(tmpdir(), "mlsec-crash-"));
  const told: Told[] = [];
  let killed = 0;
  try {
    while (killed < kills) {
      const round = Array.from({ length: Math.min(AT_ONCE, kills - killed) }, (_, place) => {
        const number = killed + place;
        return runAndKill(root, random.below(1e9), number * 1e6, random.float() * LONGEST_MS);
      });
      told.push(...(await Promise.all(round)).flat());
      killed += round.length;
      const problems = await problemsOf(root, told);
      if (problems.length > 0) {
        console.error(`After ${killed} kills (seed ${values.seed}), in ${root}:\n${problems.join("\n")}`);
        return 1;
      }
      if (killed % 100 === 0) console.error(`crash-test: ${killed} of ${kills} …`);
    }
    const store = await ModelStore.open(root);
    const { models } = await store.stats(KIND);
    const changes = (await store.history(KIND)).length;
    console.log(
      `${killed} kills, ${changes} changes (${told.length} told of before the process died), ${models} models left; nothing lost.`,
    );
    return 0;
  } finally {
    if (process.exitCode === undefined) await rm(root, { recursive: true, force: true });
  }
}

/** Runs a worker until some time after it is ready. @returns what it told of. */
function runAndKill(root: string, seed: number, first: number, afterMs: number): Promise<Told[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [WORKER, root, BUNDLE, String(seed), String(first)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (output === "") setTimeout(() => child.kill("SIGKILL"), afterMs);
      output += text;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (signal !== "SIGKILL") return reject(new Error(`A worker ended by itself, with code ${code}.`));
      // A line that was cut off was not told.
      const lines = output.split("\n").slice(0, -1);
      resolve(lines.slice(1).map((line) => JSON.parse(line) as Told));
    });
  });
}

/** What is wrong with a store, in words. */
async function problemsOf(root: string, told: readonly Told[]): Promise<string[]> {
  const store = await ModelStore.open(root);
  const [state, history, models] = [await store.state(KIND), await store.history(KIND), await store.list(KIND)];
  const problems: string[] = [];
  const reasons = new Map(history.map((entry) => [entry.why, entry]));
  if (reasons.size !== history.length) problems.push("A change is in the history twice.");
  for (const { why, operation, model } of told) {
    const entry = reasons.get(why);
    // Activating what is active is told of, and no change.
    if (entry === undefined && operation !== "activate") problems.push(`${operation} of ${model} is lost (${why}).`);
    if (entry !== undefined && entry.model !== model && operation !== "rollback")
      problems.push(`${why} is about ${entry.model}, not ${model}.`);
  }
  let active: string | null = null;
  const installed = new Set<string>();
  for (const { action, model } of history) {
    if (action === "install") installed.add(model!);
    if (action === "remove") installed.delete(model!);
    if (action === "activate" || action === "rollback") active = model;
  }
  if (state.active !== active) problems.push(`${state.active} is active; the history says ${active}.`);
  const present = new Set(models.map(({ name }) => name));
  for (const name of installed) if (!present.has(name)) problems.push(`${name} was installed and is gone.`);
  if (state.active !== null) {
    const detector = await store.active(KIND);
    if (detector === null) problems.push("The active model does not load.");
  }
  const folder = join(root, KIND);
  const listed = [folder, join(folder, "changes")].map((path) =>
    // Neither is there where no process lived to its first change.
    readdir(path).catch((error: NodeJS.ErrnoException) => (error.code === "ENOENT" ? [] : Promise.reject(error))),
  );
  const names = (await Promise.all(listed)).flat();
  problems.push(...names.filter((name) => name.endsWith(".tmp")).map((name) => `${name} was left behind.`));
  return problems;
}
