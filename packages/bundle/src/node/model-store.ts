import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ModelKind } from "@mlsec/preprocess";
import { type Bundle, BundleError, type Detector, profileJson, validateBundle } from "../index.js";
import { ActiveModel, type WatchOptions } from "./active-model.js";
import { syncFolder, writeFileAtomic } from "./atomic-file.js";
import { loadDetectorFile } from "./bundle-file.js";
import {
  type HistoryEntry,
  hasCode,
  ifAbsent,
  MODEL_FOLDER,
  type NumberedState,
  StateLog,
  type StoreState,
} from "./state-log.js";

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

  /** Opens a store: removes what processes that died had written aside, and finishes what they had decided. */
  static async open(root: string): Promise<ModelStore> {
    const store = new ModelStore(root);
    for (const kind of KINDS) {
      const folder = join(root, kind);
      const names = await readdir(folder).catch(ifAbsent(null));
      if (names === null) continue;
      await removeAbandoned(folder);
      await removeAbandoned(join(folder, "changes"));
      for (const name of (await store.log(kind).read()).leaving)
        await rm(join(folder, name), { recursive: true, force: true });
      await store.log(kind).updateCopies();
    }
    return store;
  }

  /**
   * Checks a bundle, tries it on example rows and puts it into the store; the active model stays what it is. A bundle that is
   * there already is not copied again.
   *
   * @throws BundleError `does-not-fit`, naming what is wrong with the bundle, or the error of its loading.
   */
  async install(bytes: Uint8Array, options: ChangeOptions = {}): Promise<InstalledModel> {
    const { at = new Date(), by, why } = options;
    const bundle = await requireValid(bytes);
    const { kind } = bundle;
    const folder = join(this.root, kind);
    const digest = bundle.digest.slice(0, 12);
    const there = (await this.list(kind)).find((model) => model.digest === digest);
    if (there !== undefined) return there;
    const version = versionOf(at);
    const name = `${version}_${digest}`;
    const aside = join(folder, `.${name}.${process.pid}.${randomUUID()}.tmp`);
    await mkdir(aside, { recursive: true });
    try {
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
      await writeFileAtomic(join(aside, "bundle.safetensors"), bytes);
      await writeFileAtomic(join(aside, "profile.json"), profileJson(bundle.pipeline));
      await writeFileAtomic(join(aside, "record.json"), `${JSON.stringify(record, null, 2)}\n`);
      await rename(aside, join(folder, name));
    } catch (error) {
      await rm(aside, { recursive: true, force: true });
      // Another process installed it in the same second.
      if (!hasCode(error, "ENOTEMPTY") && !hasCode(error, "EEXIST")) throw error;
    }
    await syncFolder(folder);
    await this.log(kind).change(async () => ({ state: {}, entry: entryOf("install", name, options, at) }));
    return this.model(kind, name);
  }

  /** The installed models of a kind, oldest first. */
  async list(kind: ModelKind): Promise<InstalledModel[]> {
    const names = await readdir(join(this.root, kind)).catch(ifAbsent<string[]>([]));
    const { leaving } = await this.log(kind).read();
    return names
      .filter((name) => MODEL_FOLDER.test(name) && !leaving.includes(name))
      .sort()
      .map((name) => this.model(kind, name));
  }

  /** What was recorded of an installed model. @throws BundleError `not-installed`, `invalid-store`. */
  async info(kind: ModelKind, reference: ModelReference): Promise<InstalledModel & { readonly record: ModelRecord }> {
    const model = await this.installed(kind, reference);
    const path = join(model.folder, "record.json");
    try {
      return { ...model, record: JSON.parse(await readFile(path, "utf8")) as ModelRecord };
    } catch (cause) {
      throw new BundleError("invalid-store", `${path} is not the record of a model.`, { path }, { cause });
    }
  }

  /**
   * Makes an installed model the active one of its kind; the one before it stays installed and is remembered.
   *
   * @throws BundleError `not-installed`.
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
    await rm(join(this.root, kind, name), { recursive: true, force: true });
    await syncFolder(join(this.root, kind));
  }

  /** What is active of a kind. @throws BundleError `invalid-store` where the state cannot be understood. */
  async state(kind: ModelKind): Promise<StoreState> {
    return shown(await this.log(kind).read());
  }

  /** Every change of a kind, the oldest first: who, when, why, as the callers said. */
  async history(kind: ModelKind): Promise<HistoryEntry[]> {
    return this.log(kind).history();
  }

  async stats(kind: ModelKind): Promise<StoreStats> {
    const models = await this.list(kind);
    const sizes = await Promise.all(models.map(({ folder }) => stat(join(folder, "bundle.safetensors"))));
    return {
      models: models.length,
      bytes: sizes.reduce((sum, { size }) => sum + size, 0),
      changes: (await this.history(kind)).length,
    };
  }

  /** The active model of a kind, loaded; null where none is active. @throws BundleError. */
  async active(kind: ModelKind): Promise<Detector | null> {
    const { active } = await this.state(kind);
    return active === null ? null : this.load({ kind, name: active });
  }

  /**
   * The active model of a kind for a running service: whenever another becomes active, it is loaded beside the old one and
   * takes its place between two verdicts.
   *
   * @throws BundleError as `active`.
   */
  async watch(kind: ModelKind, options: WatchOptions = {}): Promise<ActiveModel> {
    return ActiveModel.of(
      async () => (await this.state(kind)).active,
      (name) => this.load({ kind, name }),
      options,
    );
  }

  /** An installed model, loaded. @throws BundleError. */
  async load({ kind, name }: Pick<InstalledModel, "kind" | "name">): Promise<Detector> {
    return loadDetectorFile(join(this.root, kind, name, "bundle.safetensors"));
  }

  private log(kind: ModelKind): StateLog {
    return new StateLog(join(this.root, kind));
  }

  private async changed(kind: ModelKind, next: Parameters<StateLog["change"]>[0]): Promise<StoreState> {
    return shown(await this.log(kind).change(next));
  }

  private model(kind: ModelKind, name: string): InstalledModel {
    const [, version = "", digest = ""] = MODEL_FOLDER.exec(name)!;
    return { kind, name, version, digest, folder: join(this.root, kind, name) };
  }

  /** @throws BundleError `not-installed`. */
  private async installed(kind: ModelKind, reference: ModelReference, state?: NumberedState): Promise<InstalledModel> {
    const wanted = typeof reference === "string" ? reference : reference.name;
    const { aliases, leaving } = state ?? (await this.log(kind).read());
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
    const there = new Set(await readdir(join(this.root, kind)).catch(ifAbsent<string[]>([])));
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

async function requireValid(bytes: Uint8Array): Promise<Bundle> {
  const { bundle, findings } = await validateBundle(bytes);
  const errors = findings.filter(({ severity }) => severity === "error").map(({ message }) => message);
  if (bundle !== null && errors.length === 0 && KINDS.includes(bundle.kind)) return bundle;
  throw new BundleError("does-not-fit", `The bundle was not installed. ${errors.join(" ")}`, { findings });
}

/** `YYYYMMDD_HHMMSS` in UTC. */
function versionOf(at: Date): string {
  return at.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "_");
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
