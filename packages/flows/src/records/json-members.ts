import { JsonFault, scanJsonObject } from "@mlsec/preprocess";
import { MAX_MEMBER_DEPTH } from "./limits.js";
import type { RecordSink } from "./read-records.js";

/**
 * The wanted members of the object in a line, by their paths (`flow.start` for `{"flow":{"start":…}}`, which `{"flow.start":…}`
 * is too): numbers and booleans as they are written, null and arrays as null. Undefined where the line is no object, of which
 * the sink is told, as of a wanted member that stands there twice.
 */
export function jsonMembers(
  text: string,
  wanted: ReadonlySet<string>,
  parents: ReadonlySet<string>,
  sink: RecordSink,
): ReadonlyMap<string, string | null> | undefined {
  const found = new Map<string, string | null>();
  try {
    collect(text, "", 1);
  } catch (fault) {
    if (!(fault instanceof JsonFault)) throw fault;
    sink.fault("bad-json", null, text, `is no JSON object: ${fault.what}`);
    return undefined;
  }
  return found;

  function collect(object: string, path: string, depth: number): void {
    scanJsonObject(object, (name, value) => {
      const full = path + name;
      if (value.kind === "nested") {
        if (depth < MAX_MEMBER_DEPTH && parents.has(full) && value.text[0] === "{")
          collect(value.text, `${full}.`, depth + 1);
        return;
      }
      if (!wanted.has(full)) return;
      if (found.has(full)) sink.fault("duplicate-name", full, full, "stands in the line more than once");
      found.set(full, value.kind === "null" ? null : value.kind === "number" ? value.text : String(value.value));
    });
  }
}
