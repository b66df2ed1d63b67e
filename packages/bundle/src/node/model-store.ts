import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ModelKind } from "@mlsec/preprocess";
import { type Bundle, BundleError, type Detector, profileJson, validateBundle } from "../index.js";
import { syncFolder, writeFileAtomic } from "./atomic-file.js";
import { loadDetectorFile } from "./bundle-file.js";

/** Which model of a kind is active, which was before it, and the aliases that were given. Models go by their folder's name. */
export interface StoreState {
  readonly active: string | null;
  readonly previous: string | null;
  readonly aliases: Readonly<Record<string, string>>;
}

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

export interface InstallOptions {
  /** When it is installed: the version's time. Default: now. */
  readonly at?: Date | undefined;
  /** Who installs it and why, for the history. */
  readonly by?: string | undefined;
  readonly why?: string | undefined;
}

const KINDS: readonly ModelKind[] = ["threat_detector", "attack_classifier"];
const MODEL_FOLDER = /^(\d{8}_\d{6})_([0-9a-f]{12})$/;
const EMPTY: StoreState = { active: null, previous: null, aliases: {} };

/**
 * A folder of installed models: `<kind>/<version>_<digest>/` with `bundle.safetensors`, `profile.json` and `record.json`,
 * `<kind>/state.json` and `<kind>/history.jsonl`. A model's folder appears whole and is never changed; the state is
 * replaced in one step; a reader sees the old state or the new.
 */
export class ModelStore {
  constructor(readonly root: string) {}

  /**
   * Checks a bundle and puts it into the store; the active model stays what it is. A bundle that is there already is not
   * copied again.
   *
   * @throws BundleError `does-not-fit`, naming what is wrong with the bundle, or the error of its loading.
   */
  async install(bytes: Uint8Array, { at = new Date(), by, why }: InstallOptions = {}): Promise<InstalledModel> {
    const bundle = await requireValid(bytes);
    const { kind } = bundle;
    const folder = join(this.root, kind);
    const digest = bundle.digest.slice(0, 12);
    const there = (await this.list(kind)).find((model) => model.digest === digest);
    if (there !== undefined) return there;
    const version = versionOf(at);
    const name = `${version}_${digest}`;
    const aside = join(folder, `.${name}.${randomUUID()}.tmp`);
    await mkdir(aside, { recursive: true });
    try {
      const record = {
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
      throw error;
    }
    await syncFolder(folder);
    await this.log(kind, { at: at.toISOString(), action: "install", model: name, by, why });
    return { kind, name, version, digest, folder: join(folder, name) };
  }

  /** The installed models of a kind, oldest first. */
  async list(kind: ModelKind): Promise<InstalledModel[]> {
    const names = await readdir(join(this.root, kind)).catch(emptyWhereAbsent);
    return names.sort().flatMap((name) => {
      const match = MODEL_FOLDER.exec(name);
      return match === null
        ? []
        : [{ kind, name, version: match[1]!, digest: match[2]!, folder: join(this.root, kind, name) }];
    });
  }

  /**
   * Makes an installed model the active one of its kind; the one before it stays installed and is remembered.
   *
   * @throws BundleError `not-installed`.
   */
  async activate(
    { kind, name }: Pick<InstalledModel, "kind" | "name">,
    { at = new Date(), by, why }: InstallOptions = {},
  ): Promise<StoreState> {
    if (!(await this.list(kind)).some((model) => model.name === name)) {
      throw new BundleError("not-installed", `The store ${this.root} has no ${kind} called ${name}.`, {
        kind,
        model: name,
      });
    }
    const before = await this.state(kind);
    if (before.active === name) return before;
    const state: StoreState = { ...before, active: name, previous: before.active };
    await writeFileAtomic(join(this.root, kind, "state.json"), `${JSON.stringify(state, null, 2)}\n`);
    await this.log(kind, { at: at.toISOString(), action: "activate", model: name, before: before.active, by, why });
    return state;
  }

  /** What is active of a kind. @throws BundleError `invalid-store` where the state file cannot be understood. */
  async state(kind: ModelKind): Promise<StoreState> {
    const path = join(this.root, kind, "state.json");
    let text: string;
    try {
      text = await readFile(path, "utf8");
    } catch (error) {
      if (isAbsent(error)) return EMPTY;
      throw error;
    }
    try {
      const { active, previous, aliases } = JSON.parse(text);
      if ([active, previous].every((name) => name === null || MODEL_FOLDER.test(name)))
        return { active, previous, aliases: aliases ?? {} };
    } catch {
      // Told below, as for a state with other content.
    }
    throw new BundleError(
      "invalid-store",
      `${path} is not the state of a model store. Restore it, or remove it and activate a model again.`,
      { path },
    );
  }

  /** The active model of a kind, loaded; null where none is active. @throws BundleError. */
  async active(kind: ModelKind): Promise<Detector | null> {
    const { active } = await this.state(kind);
    return active === null ? null : this.load({ kind, name: active });
  }

  /** An installed model, loaded. @throws BundleError. */
  async load({ kind, name }: Pick<InstalledModel, "kind" | "name">): Promise<Detector> {
    return loadDetectorFile(join(this.root, kind, name, "bundle.safetensors"));
  }

  private async log(kind: ModelKind, entry: Record<string, unknown>): Promise<void> {
    const file = await open(join(this.root, kind, "history.jsonl"), "a");
    try {
      await file.writeFile(`${JSON.stringify(entry)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  }
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

function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

function emptyWhereAbsent(error: unknown): string[] {
  if (isAbsent(error)) return [];
  throw error;
}
