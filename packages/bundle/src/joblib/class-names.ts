import { attackClassName, detectNormalLabel } from "@mlsec/preprocess";
import { labelOf, labelsOf } from "./attributes.js";
import type { ImportNotes } from "./import-notes.js";
import type { PythonValue } from "./python-value.js";

/** What a threat layout calls its classes where it does not say: the attack is what a score near 1 means. */
const THREAT_NAMES = ["Normal", "Attack"] as const;

/** The place of the class that means no attack, by its name; −1 where none does. Codes are no names. */
export function normalPlace(names: readonly string[], normalClass: string | undefined): number {
  if (normalClass !== undefined) return names.indexOf(normalClass);
  const found = names.every((name) => /^-?\d+$/.test(name)) ? null : detectNormalLabel(names);
  return found === null ? -1 : names.indexOf(found);
}

/** Names by code, as the file gives them: a list, or a dict of code → name or of name → code. Null for anything else. */
export function namesByCode(value: PythonValue | undefined, path: string): string[] | null {
  if (Array.isArray(value)) return labelsOf(value, path);
  if (!(value instanceof Map)) return null;
  const pairs = [...value].map(([key, item]): [number, string | null] =>
    typeof item === "number" ? [item, labelOf(key)] : [Number(labelOf(key) ?? Number.NaN), labelOf(item)],
  );
  const byCode = new Map(pairs);
  const names = Array.from({ length: pairs.length }, (_, code) => byCode.get(code) ?? null);
  return names.every((name) => name !== null) ? names : null;
}

/** The names of a model's classes, of which the file may have only the codes that a label encoder gave them. */
export function namedClasses(
  classes: readonly string[],
  names: readonly string[] | null,
  path: string,
  notes: ImportNotes,
): readonly string[] {
  if (names === null || classes.every((name) => names.includes(name))) return classes;
  const named = classes.map((code) => (/^\d+$/.test(code) ? names[Number(code)] : undefined));
  if (named.every((name) => name !== undefined)) return named;
  notes.add(
    "warning",
    "class-names",
    path,
    `The names of the ${names.length} classes do not fit the ${classes.length} of the model, which are kept.`,
  );
  return classes;
}

/** Where names disagree with those that are taken, as where a file has them twice. */
export function noteOtherNames(
  taken: readonly string[],
  others: readonly string[] | null,
  path: string,
  notes: ImportNotes,
): void {
  if (others === null || others.join("\n") === taken.join("\n")) return;
  notes.add(
    "warning",
    "class-names",
    path,
    `The classes are called otherwise here (${others.slice(0, 14).join(", ")}) than by the label encoder, which counts.`,
  );
}

/** U+FFFD, and the control characters that Windows-1252 becomes when it is read as Latin-1. */
const DAMAGED = /[\ufffd\u0080-\u009f]/;

/** Attack classes with the names repaired whose dash a wrong encoding has cost: matched to the fourteen by their letters. */
export function repairedNames(classes: readonly string[], path: string, notes: ImportNotes): readonly string[] {
  const repaired = classes.map((name) => (DAMAGED.test(name) ? (attackClassName(name) ?? name) : name));
  for (const [place, name] of classes.entries()) {
    if (!DAMAGED.test(name)) continue;
    const other = repaired[place]!;
    if (other !== name && repaired.indexOf(other) === repaired.lastIndexOf(other))
      notes.add(
        "warning",
        "damaged-label",
        path,
        `The class ${JSON.stringify(name)} was damaged by a wrong encoding and is called ${JSON.stringify(other)} now.`,
      );
    else {
      repaired[place] = name;
      notes.add(
        "warning",
        "damaged-label",
        path,
        `The class ${JSON.stringify(name)} was damaged by a wrong encoding and is none of the fourteen; its name is kept.`,
      );
    }
  }
  return repaired;
}

/** Which place of a binary model's classes means normal, which attack, and what they are called. A network has 0 and 1. */
export interface ThreatClasses {
  readonly order: readonly [normal: number, attack: number];
  readonly names: readonly [normal: string, attack: string];
  /** Whether the classes were taken the other way round than the file calls them. */
  readonly mended: boolean;
}

/**
 * The classes of a threat detector. Where the model knows them only as 0 and 1, the file says by what is beside it which is
 * which, and can contradict itself: reference bundles call 1 an attack, and their label encoder made it of "normal".
 *
 * @param encoded the names that a label encoder gave the codes 0 and 1, or null.
 * @param claimed the names that the profile gives them, or null.
 */
export function threatClasses(
  classes: readonly string[],
  encoded: readonly string[] | null,
  claimed: readonly string[] | null,
  options: { readonly normalClass?: string | undefined; readonly mendClassNames?: boolean | undefined },
  path: string,
  notes: ImportNotes,
): ThreatClasses | null {
  const own = normalPlace(classes, options.normalClass);
  if (own >= 0) return { order: orderOf(own), names: [classes[own]!, classes[1 - own]!], mended: false };
  const names = claimed?.length === 2 ? claimed : THREAT_NAMES;
  const stated = normalPlace(names, options.normalClass);
  if (stated < 0) {
    notes.add(
      "error",
      "normal-class",
      path,
      `Which of ${names.join(" and ")} is no attack? Name it by the option normalClass.`,
    );
    return null;
  }
  const truth = encoded === null ? -1 : normalPlace(encoded, undefined);
  const isInverted = truth >= 0 && truth !== stated;
  const mended = isInverted && options.mendClassNames === true;
  if (isInverted) {
    notes.add(
      "warning",
      "inverted-classes",
      path,
      `The label encoder made ${truth} of ${JSON.stringify(encoded![truth])}, which the file calls ${JSON.stringify(names[truth])}: ${mended ? "the names were exchanged, so that they say what the model learnt." : "its verdicts are the wrong way round. Import it with mendClassNames."}`,
    );
  } else if (encoded === null && claimed === null)
    notes.add("info", "class-names", path, "The file does not name the classes: 0 is taken for Normal, 1 for Attack.");
  const normal = mended ? truth : stated;
  return { order: orderOf(normal), names: [names[stated]!, names[1 - stated]!], mended };
}

function orderOf(normal: number): [number, number] {
  return [normal, 1 - normal];
}

/** The two classes of a label encoder among columns' encoders: the column that was to be learnt. */
export function binaryLabels(
  encoders: ReadonlyMap<string, readonly string[]>,
  features: readonly string[],
): readonly string[] | null {
  const labels = [...encoders].filter(
    ([name, classes]) => !features.includes(name) && classes.length === 2 && normalPlace(classes, undefined) >= 0,
  );
  return labels.length === 1 ? labels[0]![1] : null;
}
