import type { Section } from "./blocks.js";
import { checkContent } from "./check-content.js";
import type { ReportContent } from "./content.js";
import { page } from "./page.js";
import { loadDrawing } from "./peers.js";
import { attackTypesSection } from "./sections/attack-types.js";
import { auditSection } from "./sections/audit.js";
import { classCurvesSection } from "./sections/class-curves.js";
import { classifierSection } from "./sections/classifier.js";
import { curvesSection } from "./sections/curves.js";
import { detectorSection } from "./sections/detector.js";
import { factsSection } from "./sections/facts.js";
import { importancesSection } from "./sections/importances.js";
import { trainingSection } from "./sections/training.js";

/**
 * A report as one HTML file: no script, nothing that is loaded from anywhere, and a policy in it that forbids both. It follows
 * the reader's preference for light or dark, can be printed, and has the numbers of every plot as a table; the exact number is
 * the `value` attribute of the `data` element that shows it rounded. The same content gives the same bytes.
 *
 * Curves are drawn from all rows, with what cannot be seen left out (see `REPORT_LIMITS` for what else is cut, and said to
 * be). Takes time n log n in the rows of an evaluation.
 *
 * @returns the document; write it as UTF-8.
 * @throws MlsecError `missing-peer` without d3-scale and d3-shape; `length-mismatch`, `no-rows`, `code-out-of-range`,
 *   `not-finite`, `not-a-probability`, `invalid-option`. An evaluation whose rows are all of one class has no curves.
 */
export async function reportHtml(content: ReportContent): Promise<string> {
  checkContent(content);
  const { title, subtitle, detector, classifier, importances, training = [], audit, facts = [] } = content;
  const drawing = await loadDrawing();
  const sections: (Section | null | false | undefined)[] = [
    ...(detector === undefined
      ? []
      : [detectorSection(detector), attackTypesSection(detector), curvesSection(drawing, detector)]),
    ...(classifier === undefined ? [] : [classifierSection(classifier), classCurvesSection(drawing, classifier)]),
    importances && importancesSection(importances),
    training.length > 0 && trainingSection(drawing, training),
    audit && auditSection(audit),
    facts.length > 0 && factsSection(facts),
  ];
  return page(
    { title, subtitle },
    sections.filter((one) => one !== null && one !== false && one !== undefined),
  );
}
