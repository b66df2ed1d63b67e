import { randomUUID } from "node:crypto";
import { appendFile, link, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { BundleError } from "../index.js";
import { syncFolder, writeFileAtomic } from "./atomic-file.js";
import { hasCode, ifAbsent, ifSystem } from "./system-errors.js";

/** Which model of a kind is active, which was before it, and the aliases that were given. Models go by their folder's name. */
export interface StoreState {
  readonly active: string | null;
  readonly previous: string | null;
  readonly aliases: Readonly<Record<string, string>>;
}

/** A change of a store, as its history tells it. */
export interface HistoryEntry {
  /** When, ISO 8601, as the caller says. */
  readonly at: string;
  readonly action: string;
  /** The model that it is about; null where it is about none. */
  readonly model: string | null;
  readonly by?: string | undefined;
  readonly why?: string | undefined;
  /** The model that was active before, or the alias that was given. */
  readonly before?: string | null | undefined;
  readonly alias?: string | undefined;
}

/** A state with the number of the change that made it, and models that are being removed: nobody may turn to them. */
export interface NumberedState extends StoreState {
  readonly revision: number;
  readonly leaving: readonly string[];
}

/** A change as it is kept: the state that it made, and its line in the history. */
interface Change {
  readonly state: NumberedState;
  readonly entry: HistoryEntry;
}

export const MODEL_FOLDER: RegExp = /^(\d{8}_\d{6})_([0-9a-f]{12})$/;
const CHANGE_FILE = /^(\d{9})\.json$/;
const EMPTY: NumberedState = { revision: 0, active: null, previous: null, aliases: {}, leaving: [] };

/**
 * The state of one kind of model, which several processes, on several machines too, may change at once.
 *
 * Every change is a file of its own, `changes/<number>.json`, with the whole state that it made. It is written aside,
 * flushed, and then gets its name by a hard link, which fails where the name is taken: that one step is the commit, and who
 * loses reads again and tries anew. So a process that dies leaves the state before or the one after, no lock is ever left
 * behind, and no change is lost. `state.json` and `history.jsonl` are copies for people and other programs, brought up to date
 * after each change and when a store is opened.
 */
export class StateLog {
  private readonly changes: string;

  constructor(readonly folder: string) {
    this.changes = join(folder, "changes");
  }

  /** @throws BundleError `invalid-store` where the newest state cannot be understood. */
  async read(): Promise<NumberedState> {
    const newest = (await this.revisions()).at(-1);
    if (newest !== undefined) return (await this.changeOf(newest)).state;
    // A store from before changes were kept, or an empty one.
    const path = join(this.folder, "state.json");
    const text = await readFile(path, "utf8").catch(ifAbsent(null));
    return text === null ? EMPTY : checkedState(parsed(text), path);
  }

  /**
   * Changes the state, on top of whatever others have made of it.
   *
   * @param next from the state before to what is different after, and the history's entry; null where nothing is to be done.
   *   It is asked again where another change came first.
   * @returns the state after.
   */
  async change(
    next: (before: NumberedState) => Promise<{ state: Partial<NumberedState>; entry: HistoryEntry } | null>,
  ): Promise<NumberedState> {
    for (;;) {
      const before = await this.read();
      const wanted = await next(before);
      if (wanted === null) return before;
      const change = { state: { ...before, ...wanted.state, revision: before.revision + 1 }, entry: wanted.entry };
      if (!(await this.commit(change))) continue;
      // The change is made. Copies that there is no room for wait for the next change, or for who opens the store.
      await this.updateCopies().catch(ifSystem(undefined));
      return change.state;
    }
  }

  /** All changes, the oldest first. */
  async history(): Promise<HistoryEntry[]> {
    const kept = await Promise.all((await this.revisions()).map((revision) => this.changeOf(revision)));
    return [
      ...linesOf(await this.historyText()).filter(({ revision }) => revision === undefined),
      ...kept.map(({ entry }) => entry),
    ];
  }

  /** Makes `state.json` and `history.jsonl` what the newest change says. */
  async updateCopies(): Promise<void> {
    const path = join(this.folder, "history.jsonl");
    const text = await this.historyText();
    const written = new Set(linesOf(text).map(({ revision }) => revision));
    // A line that was cut off, by a full disk for one, is ended, so that it does not spoil the next.
    let begin = text === "" || text.endsWith("\n") ? "" : "\n";
    for (const revision of await this.revisions()) {
      if (written.has(revision)) continue;
      const { entry } = await this.changeOf(revision);
      await appendFile(path, `${begin}${JSON.stringify({ ...entry, revision })}\n`, { flush: true });
      begin = "";
    }
    // Another process may write an older state after a newer one; who wrote looks whether it was the newest.
    for (let last = -1; ; ) {
      const state = await this.read();
      if (state.revision === last || state.revision === 0) return;
      await writeFileAtomic(join(this.folder, "state.json"), `${JSON.stringify(state, null, 2)}\n`);
      last = state.revision;
    }
  }

  /** False where another change has this number. */
  private async commit(change: Change): Promise<boolean> {
    await mkdir(this.changes, { recursive: true });
    const aside = join(this.changes, `.change.${process.pid}.${randomUUID()}.tmp`);
    try {
      await writeFileAtomic(aside, `${JSON.stringify(change)}\n`);
      await link(aside, this.pathOf(change.state.revision));
    } catch (error) {
      if (hasCode(error, "EEXIST")) return false;
      throw error;
    } finally {
      await rm(aside, { force: true });
    }
    await syncFolder(this.changes);
    return true;
  }

  private async revisions(): Promise<number[]> {
    const names = await readdir(this.changes).catch(ifAbsent<string[]>([]));
    return names
      .flatMap((name) => CHANGE_FILE.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  }

  private async changeOf(revision: number): Promise<Change> {
    const path = this.pathOf(revision);
    const { state, entry } = parsed<Partial<Change>>(await readFile(path, "utf8")) ?? {};
    return { state: checkedState(state, path), entry: entry! };
  }

  private historyText(): Promise<string> {
    return readFile(join(this.folder, "history.jsonl"), "utf8").catch(ifAbsent(""));
  }

  private pathOf(revision: number): string {
    return join(this.changes, `${String(revision).padStart(9, "0")}.json`);
  }
}

/** The entries of a history, those that are whole. */
function linesOf(text: string): (HistoryEntry & { readonly revision?: number })[] {
  return text.split("\n").flatMap((line) => {
    const entry = parsed<HistoryEntry & { revision?: number }>(line);
    return typeof entry?.action === "string" ? [entry] : [];
  });
}

/** @throws BundleError `invalid-store`. */
function checkedState(state: unknown, path: string): NumberedState {
  const { active, previous, aliases = {}, leaving = [], revision = 0 } = (state ?? {}) as Partial<NumberedState>;
  const isModel = (name: unknown): boolean => typeof name === "string" && MODEL_FOLDER.test(name);
  const isState =
    [active, previous].every((name) => name === null || isModel(name)) &&
    typeof aliases === "object" &&
    Object.values(aliases).every(isModel) &&
    Array.isArray(leaving) &&
    leaving.every(isModel) &&
    Number.isSafeInteger(revision);
  if (isState) return { active: active!, previous: previous!, aliases, leaving, revision };
  throw new BundleError(
    "invalid-store",
    `${path} is not the state of a model store. Restore it, or remove it and activate a model again.`,
    { path },
  );
}

function parsed<T>(text: string): T | null {
  try {
    return JSON.parse(text) as T;
  } catch {
    return null;
  }
}
