import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ModelKind } from "@mlsec/preprocess";
import { BundleError, type Detector, profileJson } from "../index.js";
import type { ImportJoblibOptions } from "../joblib/index.js";
import { ActiveModel, type WatchOptions } from "./active-model.js";
import { syncFolder, writeFileAtomic } from "./atomic-file.js";
import { loadDetectorFile } from "./bundle-file.js";
import { installable } from "./installable.js";
import { type HistoryEntry, MODEL_FOLDER, type NumberedState, StateLog, type StoreState } from "./state-log.js";
import { hasCode, ifAbsent, ifSystem, ofStore } from "./system-errors.js";

/** A model in a store. */
export interface InstalledModel {
  readonly kind: ModelKind;
  /** Name of its folder: version, underscore, first 12 digits of the digest. */
  readonly name: string;
  /** `YYYYMMDD_HHMMSS`, in UTC: when it was installed. */
  readonly version: string;
  readonly digest: string;
  readonly folder: string;
}

/** What was recorded when a model was installed. */
export interface ModelRecord {
  readonly kind: ModelKind;
  readonly version: string;
  /** SHA-256, all 64 digits. */
  readonly digest: string;
  readonly bytes: number;
  readonly formatVersion: string;
  readonly createdAt: string | null;
  readonly installedAt: string;
  readonly by?: string | undefined;
  readonly why?: string | undefined;
}

/** When a change is made, by whom, and why: for the history. */
export interface ChangeOptions {
  /** Default: now. */
  readonly at?: Date | undefined;
  readonly by?: string | undefined;
  readonly why?: string | undefined;
}

export interface InstallOptions extends ChangeOptions {
  /** How a file of joblib is to be read. */
  readonly joblib?: ImportJoblibOptions | undefined;
}

/** How much a store holds of a kind. */
export interface StoreStats {
  readonly models: number;
  /** Bytes of all bundles. */
  readonly bytes: number;
  readonly changes: number;
}

/** A model by its folder's name, or by an alias. */
export type ModelReference = string | Pick<InstalledModel, "name">;

export const KINDS: readonly ModelKind[] = ["threat_detector", "attack_classifier"];

/** After so long, what was written aside is nobody's any more, whatever process it names. */
const ABANDONED_AFTER_MS = 3_600_000;

/**
 * A folder of installed models that several processes share: `<kind>/<version>_<digest>/` with `bundle.safetensors`,
 * `profile.json` and `record.json`. A model's folder appears whole and is never changed. What is active, and who made it so,
 * is kept by `StateLog`: a reader sees the state before a change or after it, and no writer undoes another's change.
 */
export class ModelStore {
  /** A store that others may be using; see also `open`. */
  constructor(readonly root: string) {}

  /**
   * Opens a store: removes what processes that died had written aside, and finishes what they had decided. Where this process
   * may not, or the disk is full, it stays: what is in the store can be read all the same.
   *
   * @throws BundleError `invalid-store`, `store-inaccessible`.
   */
  static async open(root: string): Promise<ModelStore> {
    const store = new ModelStore(root);
    for (const kind of KINDS) {
      const { leaving } = await store.read(kind);
      if ((await store.namesIn(kind)).length > 0) await store.tidy(kind, leaving).catch(ifSystem(undefined));
    }
    return store;
  }

  private async tidy(kind: ModelKind, leaving: readonly string[]): Promise<void> {
    const folder = join(this.root, kind);
    await removeAbandoned(folder);
    await removeAbandoned(join(folder, "changes"));
    for (const name of leaving) await rm(join(folder, name), { recursive: true, force: true });
    await this.log(kind).updateCopies();
  }

  /**
   * Checks a bundle, tries it on example rows and puts it into the store; the active model stays what it is. A bundle that is
   * there already is not copied again. Its version is the time that `options` give or, where they give none, the clock's, but
   * later than every version there: a clock that goes back does not change the order of models.
   *
   * @param file a bundle, or a file of joblib that a bundle can be made of (see `importJoblib`).
   * @throws BundleError `does-not-fit`, naming what is wrong with the bundle, or the error of its loading; `disk-full`,
   *   `store-inaccessible`.
   */
  async install(file: Uint8Array, options: InstallOptions = {}): Promise<InstalledModel> {
    const { at = new Date(), by, why } = options;
    const { bundle, bytes } = await installable(file, options.joblib);
    const { kind } = bundle;
    const models = await this.list(kind);
    const digest = bundle.digest.slice(0, 12);
    const there = models.find((model) => model.digest === digest);
    if (there !== undefined) return there;
    const version = options.at === undefined ? versionAfter(models.at(-1)?.version, at) : versionOf(at);
    const model = this.model(kind, `${version}_${digest}`);
    const record: ModelRecord = {
      kind,
      version,
      digest: bundle.digest,
      bytes: bundle.bytes,
      formatVersion: bundle.formatVersion,
      createdAt: bundle.createdAt,
      installedAt: at.toISOString(),
      by,
      why,
    };
    return ofStore(this.root, async () => {
      const isOurs = await this.place(model, {
        "bundle.safetensors": bytes,
        "profile.json": profileJson(bundle.pipeline),
        "record.json": `${JSON.stringify(record, null, 2)}\n`,
      });
      try {
        await this.log(kind).change(async () => ({ state: {}, entry: entryOf("install", model.name, options, at) }));
      } catch (error) {
        if (isOurs) await this.takeBack(model).catch(ifSystem(undefined));
        throw error;
      }
      return model;
    });
  }

  /** Makes a model's folder appear with all its files. @returns false where another process did it in the same second. */
  private async place(
    { kind, name, folder }: InstalledModel,
    files: Record<string, Uint8Array | string>,
  ): Promise<boolean> {
    const aside = this.asideOf(kind, name);
    try {
      await mkdir(aside, { recursive: true });
      for (const [file, content] of Object.entries(files)) await writeFileAtomic(join(aside, file), content);
      await rename(aside, folder);
      await syncFolder(join(this.root, kind));
      return true;
    } catch (error) {
      await rm(aside, { recursive: true, force: true });
      if (hasCode(error, "ENOTEMPTY") || hasCode(error, "EEXIST")) return false;
      throw error;
    }
  }

  /** Removes a model's folder again whose installation could not be noted, unless it was or somebody turned to it. */
  private async takeBack({ kind, name, folder }: InstalledModel): Promise<void> {
    const { active, previous, aliases } = await this.read(kind);
    if ([active, previous, ...Object.values(aliases)].includes(name)) return;
    if ((await this.history(kind)).some(({ action, model }) => action === "install" && model === name)) return;
    const aside = this.asideOf(kind, name);
    await rename(folder, aside);
    await rm(aside, { recursive: true, force: true });
  }

  /** The installed models of a kind, oldest first. */
  async list(kind: ModelKind): Promise<InstalledModel[]> {
    const names = await this.namesIn(kind);
    const { leaving } = await this.read(kind);
    return names
      .filter((name) => MODEL_FOLDER.test(name) && !leaving.includes(name))
      .sort()
      .map((name) => this.model(kind, name));
  }

  /** What was recorded of an installed model. @throws BundleError `not-installed`, `invalid-store`. */
  async info(kind: ModelKind, reference: ModelReference): Promise<InstalledModel & { readonly record: ModelRecord }> {
    const model = await this.installed(kind, reference);
    const path = join(model.folder, "record.json");
    const text = await ofStore(this.root, () => readFile(path, "utf8").catch(ifAbsent("")));
    try {
      return { ...model, record: JSON.parse(text) as ModelRecord };
    } catch (cause) {
      throw new BundleError("invalid-store", `${path} is not the record of a model.`, { path }, { cause });
    }
  }

  /**
   * Makes an installed model the active one of its kind; the one before it stays installed and is remembered.
   *
   * @throws BundleError `not-installed`; as all changes, `disk-full`, `store-inaccessible`.
   */
  async activate(model: Pick<InstalledModel, "kind" | "name">, options: ChangeOptions = {}): Promise<StoreState> {
    const { kind } = model;
    return this.changed(kind, async (before) => {
      const { name } = await this.installed(kind, model, before);
      if (before.active === name) return null;
      const entry = { ...entryOf("activate", name, options), before: before.active };
      return { state: { active: name, previous: before.active }, entry };
    });
  }

  /** Makes no model of a kind active; the one that was is remembered. */
  async deactivate(kind: ModelKind, options: ChangeOptions = {}): Promise<StoreState> {
    return this.changed(kind, async ({ active }) =>
      active === null
        ? null
        : { state: { active: null, previous: active }, entry: entryOf("deactivate", active, options) },
    );
  }

  /** Makes the model active again that was before the last change. @throws BundleError `nothing-before`. */
  async rollback(kind: ModelKind, options: ChangeOptions = {}): Promise<StoreState> {
    return this.changed(kind, async ({ active, previous }) => {
      if (previous === null)
        throw new BundleError("nothing-before", `No ${kind} was active before the present one.`, { kind });
      const entry = { ...entryOf("rollback", previous, options), before: active };
      return { state: { active: previous, previous: active }, entry };
    });
  }

  /**
   * Gives a model a name of its own, such as "challenger", or takes the name away.
   *
   * @param reference the model; null to take the name away.
   * @throws BundleError `not-installed`, `invalid-alias` for a name that a model's folder could have, or an empty one.
   */
  async alias(
    kind: ModelKind,
    alias: string,
    reference: ModelReference | null,
    options: ChangeOptions = {},
  ): Promise<StoreState> {
    if (alias === "" || MODEL_FOLDER.test(alias))
      throw new BundleError("invalid-alias", `${JSON.stringify(alias)} cannot be an alias.`, { got: alias });
    return this.changed(kind, async (before) => {
      const others = Object.entries(before.aliases).filter(([name]) => name !== alias);
      const name = reference === null ? null : (await this.installed(kind, reference, before)).name;
      const aliases = Object.fromEntries(name === null ? others : [...others, [alias, name]]);
      return { state: { aliases }, entry: { ...entryOf(name === null ? "unalias" : "alias", name, options), alias } };
    });
  }

  /**
   * Removes a model from the store.
   *
   * @throws BundleError `not-installed`; `in-use` for the active model, and for one that has an alias.
   */
  async remove(kind: ModelKind, reference: ModelReference, options: ChangeOptions = {}): Promise<void> {
    let name = "";
    await this.changed(kind, async (before) => {
      ({ name } = await this.installed(kind, reference, before));
      const aliases = Object.keys(before.aliases).filter((alias) => before.aliases[alias] === name);
      if (before.active === name || aliases.length > 0) {
        const why = before.active === name ? "it is active" : `it is called ${aliases.join(", ")}`;
        throw new BundleError("in-use", `${name} cannot be removed: ${why}.`, { model: name, aliases });
      }
      const leaving = [...(await this.still(kind, before.leaving)), name];
      const previous = before.previous === name ? null : before.previous;
      return { state: { leaving, previous }, entry: entryOf("remove", name, options) };
    });
    // From here on nobody turns to it; a process that dies now leaves this to the next `open`.
    await ofStore(this.root, async () => {
      await rm(join(this.root, kind, name), { recursive: true, force: true });
      await syncFolder(join(this.root, kind));
    });
  }

  /** What is active of a kind. @throws BundleError `invalid-store` where the state cannot be understood. */
  async state(kind: ModelKind): Promise<StoreState> {
    return shown(await this.read(kind));
  }

  /** Every change of a kind, the oldest first: who, when, why, as the callers said. */
  async history(kind: ModelKind): Promise<HistoryEntry[]> {
    return ofStore(this.root, () => this.log(kind).history());
  }

  async stats(kind: ModelKind): Promise<StoreStats> {
    const models = await this.list(kind);
    const sizes = await ofStore(this.root, () =>
      Promise.all(models.map(({ folder }) => stat(join(folder, "bundle.safetensors")))),
    );
    return {
      models: models.length,
      bytes: sizes.reduce((sum, { size }) => sum + size, 0),
      changes: (await this.history(kind)).length,
    };
  }

  /** The active model of a kind, loaded; null where none is active. @throws BundleError. */
  async active(kind: ModelKind): Promise<Detector | null> {
    return (await this.activeOf(kind)).detector;
  }

  /**
   * The active model of a kind for a running service: whenever another becomes active, it is loaded beside the old one and
   * takes its place between two verdicts.
   *
   * @throws BundleError as `active`.
   */
  async watch(kind: ModelKind, options: WatchOptions = {}): Promise<ActiveModel> {
    const nameOf = async (): Promise<string | null> => (await this.state(kind)).active;
    return ActiveModel.of(nameOf, () => this.activeOf(kind), options);
  }

  /** An installed model, loaded. @throws BundleError. */
  async load({ kind, name }: Pick<InstalledModel, "kind" | "name">): Promise<Detector> {
    return loadDetectorFile(join(this.root, kind, name, "bundle.safetensors"));
  }

  /** What is active, and loaded. A model that is removed while it is being loaded is active no more: then another is. */
  private async activeOf(kind: ModelKind): Promise<{ name: string | null; detector: Detector | null }> {
    for (;;) {
      const { active: name } = await this.state(kind);
      if (name === null) return { name, detector: null };
      try {
        return { name, detector: await this.load({ kind, name }) };
      } catch (error) {
        if ((await this.state(kind)).active === name) throw error;
      }
    }
  }

  private log(kind: ModelKind): StateLog {
    return new StateLog(join(this.root, kind));
  }

  private read(kind: ModelKind): Promise<NumberedState> {
    return ofStore(this.root, () => this.log(kind).read());
  }

  private async changed(kind: ModelKind, next: Parameters<StateLog["change"]>[0]): Promise<StoreState> {
    return shown(await ofStore(this.root, () => this.log(kind).change(next)));
  }

  /** What lies in the folder of a kind. */
  private namesIn(kind: ModelKind): Promise<string[]> {
    return ofStore(this.root, () => readdir(join(this.root, kind)).catch(ifAbsent<string[]>([])));
  }

  /** Where a model's folder is while it is none yet, or no more; `open` removes it where this process dies. */
  private asideOf(kind: ModelKind, name: string): string {
    return join(this.root, kind, `.${name}.${process.pid}.${randomUUID()}.tmp`);
  }

  private model(kind: ModelKind, name: string): InstalledModel {
    const [, version = "", digest = ""] = MODEL_FOLDER.exec(name)!;
    return { kind, name, version, digest, folder: join(this.root, kind, name) };
  }

  /** @throws BundleError `not-installed`. */
  private async installed(kind: ModelKind, reference: ModelReference, state?: NumberedState): Promise<InstalledModel> {
    const wanted = typeof reference === "string" ? reference : reference.name;
    const { aliases, leaving } = state ?? (await this.read(kind));
    const name = Object.hasOwn(aliases, wanted) ? aliases[wanted]! : wanted;
    if (MODEL_FOLDER.test(name) && !leaving.includes(name) && (await this.still(kind, [name])).length > 0)
      return this.model(kind, name);
    throw new BundleError("not-installed", `The store ${this.root} has no ${kind} called ${wanted}.`, {
      kind,
      model: wanted,
    });
  }

  /** Those of some models whose folders are there. */
  private async still(kind: ModelKind, names: readonly string[]): Promise<string[]> {
    const there = new Set(await this.namesIn(kind));
    return names.filter((name) => there.has(name));
  }
}

function shown({ active, previous, aliases }: NumberedState): StoreState {
  return { active, previous, aliases };
}

function entryOf(
  action: string,
  model: string | null,
  { at, by, why }: ChangeOptions,
  now: Date = new Date(),
): HistoryEntry {
  return { at: (at ?? now).toISOString(), action, model, by, why };
}

/** `YYYYMMDD_HHMMSS` in UTC. */
function versionOf(at: Date): string {
  return at.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "_");
}

/** The version of a time or, where the newest is not before it, of the second after the newest. */
function versionAfter(newest: string | undefined, at: Date): string {
  const version = versionOf(at);
  if (newest === undefined || version > newest) return version;
  const [, year, month, day, hour, minute, second] = /^(....)(..)(..)_(..)(..)(..)$/.exec(newest)!.map(Number);
  return versionOf(new Date(Date.UTC(year!, month! - 1, day, hour, minute, second! + 1)));
}

/** Removes what was written aside by processes that are gone, and what is too old to be of any. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(ifAbsent<string[]>([]))) {
    const pid = /^\..*\.(\d+)\.[0-9a-f-]{36}\.tmp$/.exec(name)?.[1];
    if (pid === undefined) continue;
    const path = join(folder, name);
    const age = await stat(path).then(({ mtimeMs }) => Date.now() - mtimeMs, ifAbsent(0));
    if (!isRunning(Number(pid)) || age > ABANDONED_AFTER_MS) await rm(path, { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user is there, though it cannot be signalled.
    return hasCode(error, "EPERM");
  }
}
