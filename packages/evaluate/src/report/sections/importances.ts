import { leftOut, name, type Section, section, table } from "../blocks.js";
import type { FeatureImportances } from "../content.js";
import { NONE, score } from "../figures.js";
import { REPORT_LIMITS } from "../limits.js";
import { markup } from "../markup.js";
import { bar } from "../plots/bars.js";

/** The features from the most important one down. */
export function importancesSection({ measure, features }: FeatureImportances): Section {
  const sorted = features.filter(({ importance }) => importance !== 0).sort((a, b) => b.importance - a.importance);
  const unused = features.length - sorted.length;
  const greatest = sorted[0]?.importance ?? 0;
  const hasSds = features.some(({ sd }) => sd !== undefined);
  return section(
    "importances",
    "Importance of features",
    table(
      "Features, the most important one first",
      [
        { head: "feature" },
        { head: "importance", numeric: true },
        ...(hasSds ? [{ head: "standard deviation", numeric: true }] : []),
        { head: "as a bar" },
      ],
      sorted
        .slice(0, REPORT_LIMITS.features)
        .map(({ feature, importance, sd }) => [
          name(feature),
          score(importance),
          ...(hasSds ? [sd === undefined ? NONE : score(sd)] : []),
          bar(importance, greatest),
        ]),
    ),
    leftOut(sorted.length, REPORT_LIMITS.features, "features"),
    unused > 0 &&
      markup`<p class="muted">${unused} more ${unused === 1 ? "feature has" : "features have"} an importance of 0.</p>`,
    markup`<p class="muted">Importance: ${measure}.</p>`,
  );
}
