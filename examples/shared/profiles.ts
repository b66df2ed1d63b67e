import { existsSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";

/** The profile JSON that lies beside a model: `<name>_profile.json`, or `profile.json` as in a store; undefined where neither does. */
export function profileBeside(path: string): string | undefined {
  const names = [`${basename(path, extname(path))}_profile.json`, "profile.json"];
  return names.map((name) => join(dirname(path), name)).find((file) => existsSync(file));
}
