import { leftOut, name, type Section, section, table } from "../blocks.js";
import type { DetectorEvaluation } from "../content.js";
import { count } from "../figures.js";
import { REPORT_LIMITS } from "../limits.js";
import { markup } from "../markup.js";
import { rateCells } from "./class-lines.js";

/** How many rows of each type of attack are flagged; null unless there are several types. */
export function attackTypesSection({ types, isPositive, scores, threshold }: DetectorEvaluation): Section | null {
  const byType = new Map<string, { rows: number; found: number }>();
  for (const [row, type] of (types ?? []).entries()) {
    if (isPositive[row] === 0) continue;
    const { rows, found } = byType.get(type) ?? { rows: 0, found: 0 };
    byType.set(type, { rows: rows + 1, found: found + (scores[row]! > threshold.value ? 1 : 0) });
  }
  if (byType.size < 2) return null;
  const sorted = [...byType].sort(([a, { rows }], [b, other]) => other.rows - rows || (a < b ? -1 : 1));
  return section(
    "types",
    "Detection by type of attack",
    table(
      "Share of the test rows of each type that are flagged",
      [
        { head: "type" },
        { head: "rows", numeric: true },
        { head: "flagged", numeric: true },
        { head: "detection rate", numeric: true },
        { head: "95 % interval", numeric: true },
        { head: "0 to 100 %" },
      ],
      sorted
        .slice(0, REPORT_LIMITS.types)
        .map(([type, { rows, found }]) => [name(type), count(rows), count(found), ...rateCells(found, rows)]),
    ),
    leftOut(sorted.length, REPORT_LIMITS.types, "types"),
    markup`<p class="muted">A type with few rows has a wide interval, which is all that is known of it.</p>`,
  );
}
