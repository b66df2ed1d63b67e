import { countOf, percent, quoted } from "../audit/words.js";
import { escapeMarkdown } from "../report-text.js";
import { worst } from "./levels.js";
import type { DriftCheck, DriftLevel, DriftReport, FeatureDrift, SharePair } from "./report.js";

const MARKS: Readonly<Record<DriftLevel, string>> = { drift: "DRIFT", watch: "watch", none: "none " };
/** How many new categories a line names. */
const NAMED = 3;

/** The report for a terminal: the verdict, a line for each column that changed, and what was not seen. Ends in a newline. */
export function driftText(report: DriftReport): string {
  const changed = partsOf(report).filter(({ drift }) => drift.level !== "none");
  const lines = changed.map(({ title, drift }) => `${MARKS[drift.level]}  ${title}: ${phrasesOf(drift).join("; ")}.`);
  return `${[...headOf(report), ...(lines.length > 0 ? ["", ...lines] : [])].join("\n")}\n`;
}

/** The report as Markdown: the verdict, and a table of all columns, the worst first. Ends in a newline. */
export function driftToMarkdown(report: DriftReport): string {
  const rows = partsOf(report).map(({ title, drift }) => {
    const distance = drift.type === "number" ? drift.ks : drift.totalVariation;
    const cells = [drift.level, figure(drift.psi), figure(distance), percent(drift.missing.now)];
    const phrases = drift.level === "none" ? "" : escapeMarkdown(phrasesOf(drift).join("; "));
    return `| ${[escapeMarkdown(title), ...cells, phrases].join(" | ")} |`;
  });
  const lines = [
    ...headOf(report).flatMap((line) => [line, ""]),
    "| column | level | PSI | distance | missing | what changed |",
    "| :-- | :-- | --: | --: | --: | :-- |",
    ...rows,
  ];
  return `${lines.join("\n")}\n`;
}

interface Part {
  readonly title: string;
  readonly drift: FeatureDrift;
}

/** Predictions first, then columns; the worst first of either. */
function partsOf({ features, predictions }: DriftReport): Part[] {
  const ofPredictions: Part[] =
    predictions === null
      ? []
      : [
          { title: "Predicted classes", drift: predictions.classes },
          ...(predictions.probabilities === null
            ? []
            : [{ title: "Predicted probabilities", drift: predictions.probabilities }]),
        ];
  const rank = ({ level }: FeatureDrift): number => ["drift", "watch", "none"].indexOf(level);
  const ofColumns = [...features].sort((a, b) => rank(a) - rank(b) || (b.psi ?? 0) - (a.psi ?? 0));
  return [...ofPredictions, ...ofColumns.map((drift) => ({ title: `Column ${quoted(drift.name)}`, drift }))];
}

function headOf(report: DriftReport): string[] {
  const { verdict, rows, trainingRows, features, predictions, detectableDistance } = report;
  const count = (level: DriftLevel): number => features.filter((feature) => feature.level === level).length;
  const verdicts = { drift: "drift", watch: "to be watched", none: "no drift" };
  return [
    `Verdict: ${verdicts[verdict]}. ${countOf(rows, "row")} compared with ${countOf(trainingRows, "training row")}.`,
    `Of ${countOf(features.length, "column")} ${count("drift")} drifted, ${count("watch")} changed; predictions: ${predictions === null ? "not compared" : verdicts[worst([predictions])]}.`,
    // Half of what is a large Kolmogorov–Smirnov distance: less than that, and "none" says little.
    ...(detectableDistance > 0.1
      ? [`So few rows show only large changes: Kolmogorov–Smirnov distances from ${detectableDistance.toFixed(2)} on.`]
      : []),
  ];
}

/** What changed, a phrase for each check that says so. */
function phrasesOf(drift: FeatureDrift): string[] {
  return drift.checks.filter(({ level }) => level !== "none").map((check) => phraseOf(check, drift));
}

function phraseOf({ check, size, p }: DriftCheck, drift: FeatureDrift): string {
  const chance = `p ${p < 1e-6 ? "< 0.000001" : `= ${p.toPrecision(2)}`}`;
  if (check === "missing") return `${change(drift.missing)} missing`;
  if (drift.type === "text") {
    if (check === "new-categories") return newOnes(drift.newCategories!);
    return `PSI ${size.toFixed(3)}, total variation distance ${figure(drift.totalVariation)} (${chance})`;
  }
  if (check === "infinite") return `${change(drift.infinite)} infinite`;
  if (check === "out-of-range")
    return `${percent(size)} outside of training's range (${countOf(drift.belowRange, "row")} below, ${countOf(drift.aboveRange, "row")} above)`;
  return `PSI ${size.toFixed(3)}, Kolmogorov–Smirnov distance ${figure(drift.ks)} (${chance})`;
}

function newOnes({ rows, share, examples }: NonNullable<(FeatureDrift & { type: "text" })["newCategories"]>): string {
  const named = examples.slice(0, NAMED).map(({ category }) => quoted(category));
  return `${countOf(rows, "row")} (${percent(share)}) of categories that training had not: ${named.join(", ")}${examples.length > NAMED ? ", …" : ""}`;
}

function change({ training, now }: SharePair): string {
  return `${percent(now)} instead of ${percent(training)}`;
}

function figure(value: number | null): string {
  return value === null ? "–" : value.toFixed(3);
}
