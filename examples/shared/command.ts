import { MlsecError } from "@mlsec/preprocess";
import { Command, CommanderError } from "commander";

/** What an example program gets to work with besides its options. */
export interface Context {
  /** Triggered by Ctrl-C: long work stops, nothing half-written stays. */
  readonly signal: AbortSignal;
}

/** An option value that is wrong on its own or together with others. */
export class UsageError extends Error {}

/** A command whose flags are accepted with underscores, too: `--train_csv` is `--train-csv`. */
export function command(name: string, description: string): Command {
  return new Command(`npm run ${name} --`)
    .description(description)
    .exitOverride()
    .showHelpAfterError("(--help lists the options)")
    .allowExcessArguments(false);
}

/**
 * Runs an example program: parses its arguments, turns errors into one paragraph and exit code 1 (130 after Ctrl-C), and
 * lets bugs show their stack.
 */
export async function run<Options extends object>(
  program: Command,
  action: (options: Options, context: Context) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort(new Error("interrupted")));
  process.once("SIGTERM", () => stop.abort(new Error("terminated")));
  try {
    program.parse(process.argv.map(dashed));
    await action(program.opts<Options>(), { signal: stop.signal });
  } catch (error) {
    process.exitCode = report(error, stop.signal);
  }
}

function report(error: unknown, signal: AbortSignal): number {
  if (isEnough(error)) return 0;
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
  if (signal.aborted) {
    console.error("\nStopped. Nothing was left half-written.");
    return 130;
  }
  if (error instanceof MlsecError || error instanceof UsageError) {
    console.error(`\nError: ${error.message}`);
    return 1;
  }
  if (error instanceof Error && "code" in error && "syscall" in error) {
    console.error(`\nError: the system refused a file operation: ${error.message}`);
    return 1;
  }
  console.error(error);
  return 1;
}

/** Whoever reads what a program writes has had enough, as `| head` has: no fault of either. */
function isEnough(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EPIPE";
}

/** Underscores of a flag's name as dashes; its value, and arguments that are no flags, stay. */
function dashed(argument: string): string {
  if (!argument.startsWith("--")) return argument;
  const [flag, ...value] = argument.split("=");
  return [flag!.replaceAll("_", "-"), ...value].join("=");
}

/** A number from the command line. */
export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new UsageError(`${JSON.stringify(text)} is not a number.`);
  return value;
}

/** A whole number of at least 0 from the command line. */
export function count(text: string): number {
  const value = number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new UsageError(`${JSON.stringify(text)} is not a whole number of at least 0.`);
  return value;
}

/** A comma-separated list. Items are never trimmed: spaces belong to feature names. */
export function list(text: string): string[] {
  return text.split(",");
}
