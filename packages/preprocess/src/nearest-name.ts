import { listSome, MlsecError } from "./errors.js";

/**
 * The name among `candidates` that a reader would most likely take for `wanted`, with what sets them apart; null where
 * none is near. Names equal but for case and spaces come first, then the smallest edit distance up to a third of the
 * length; of equally near names the first.
 */
export function nearestName(
  wanted: string,
  candidates: readonly string[],
): { name: string; difference: string } | null {
  const exceptSpaces = candidates.find((name) => name.trim() === wanted.trim());
  if (exceptSpaces !== undefined) return { name: exceptSpaces, difference: spaceDifference(wanted, exceptSpaces) };
  const bare = (name: string): string => name.replaceAll(/[\s_]+/g, "").toLowerCase();
  const exceptCase = candidates.find((name) => bare(name) === bare(wanted));
  if (exceptCase !== undefined) return { name: exceptCase, difference: "same but for case, spaces or underscores" };
  let best: { name: string; distance: number } | null = null;
  const allowed = Math.floor(wanted.length / 3);
  for (const name of candidates) {
    if (Math.abs(name.length - wanted.length) > allowed) continue;
    const distance = editDistance(name.toLowerCase(), wanted.toLowerCase());
    if (distance <= allowed && (best === null || distance < best.distance)) best = { name, distance };
  }
  return best === null ? null : { name: best.name, difference: "the nearest name" };
}

/**
 * The column that is meant by a name: the one of exactly that name, or else the only one that equals it but for outer
 * spaces. The caller should say so where the two differ.
 *
 * @throws MlsecError `missing-column`, with the nearest name.
 */
export function resolveColumn(names: readonly string[], wanted: string): string {
  if (names.includes(wanted)) return wanted;
  const trimmed = names.filter((name) => name.trim() === wanted.trim());
  if (trimmed.length === 1) return trimmed[0]!;
  throw new MlsecError(
    "missing-column",
    `There is no column ${JSON.stringify(wanted)}: ${describeMissing(wanted, names)}. The columns are ${listSome(names, 8)}.`,
    { column: wanted, columns: names },
  );
}

/** `expected ' Flow Duration', found 'Flow Duration': same but for a leading space`, or that nothing is near. */
export function describeMissing(wanted: string, candidates: readonly string[]): string {
  const nearest = nearestName(wanted, candidates);
  return nearest === null
    ? `expected '${wanted}', found nothing like it`
    : `expected '${wanted}', found '${nearest.name}': ${nearest.difference}`;
}

function spaceDifference(wanted: string, found: string): string {
  const leading = (name: string): string => name.slice(0, name.length - name.trimStart().length);
  const trailing = (name: string): string => name.slice(name.trimEnd().length);
  const places = [
    leading(wanted) === leading(found) ? "" : "leading",
    trailing(wanted) === trailing(found) ? "" : "trailing",
  ].filter(Boolean);
  return `same but for a ${places.join(" and a ")} space`;
}

/** Levenshtein distance: the fewest insertions, deletions and replacements between two strings. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, previous[j]! + 1, current[j - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
