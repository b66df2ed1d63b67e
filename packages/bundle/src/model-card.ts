import type { ColumnSketch } from "@mlsec/preprocess";
import type { Bundle } from "./bundle.js";
import { profileOf } from "./profile.js";

const KINDS = { threat_detector: "Threat detector", attack_classifier: "Attack classifier" } as const;

/**
 * A model card in Markdown, of what the bundle itself knows: what it decides, from which columns, how it was trained and
 * measured (Mitchell et al., "Model cards for model reporting", 2019). What it is for, and for whom it is not, only its
 * owner can add.
 */
export function modelCard({ pipeline, kind, createdAt, digest, bytes, formatVersion }: Bundle): string {
  const { classes, normalClass, threshold, provenance, preprocessor } = pipeline;
  const { fingerprint, flowProfile, metrics, seed, split, libraries, options } = provenance;
  const sketches = new Map(fingerprint.columns.map(({ name, sketch }) => [name, sketch]));
  return `${[
    `# ${KINDS[kind]}`,
    table(
      ["", ""],
      [
        ["kind", kind],
        ["made", createdAt ?? "not stated"],
        ["digest (SHA-256)", digest],
        ["size", `${bytes} bytes, format ${formatVersion}`],
        ["classes", classes.join(", ")],
        ["no attack", normalClass],
        ...(threshold === null ? [] : [["threshold", `${threshold.value} (${threshold.chosenBy})`]]),
      ],
    ),
    "## Measured",
    metrics.length === 0
      ? "Nothing was measured."
      : table(
          ["on", "rows", "metric", "value"],
          metrics.flatMap(({ measuredOn, rows, values }) =>
            Object.entries(values).map(([name, value]) => [measuredOn, String(rows), name, shown(value)]),
          ),
        ),
    "## Reads",
    table(
      ["column", "type", "in training"],
      preprocessor.inputs.map(({ name, type }) => [JSON.stringify(name), type, rangeOf(sketches.get(name))]),
    ),
    `Steps: ${profileOf(pipeline).preprocessing_pipeline.steps.join("; ")}.`,
    "## Made",
    table(
      ["", ""],
      [
        ["rows", `${fingerprint.rows} to train (SHA-256 ${fingerprint.sha256})`],
        ["split", split],
        ["seed", String(seed)],
        ...(flowProfile === null ? [] : [["features of traffic by", flowProfile]]),
        ...Object.entries(options).map(([name, value]) => [name, shown(value)]),
        ...Object.entries(libraries).map(([name, version]) => [name, version]),
      ],
    ),
  ].join("\n\n")}\n`;
}

function rangeOf(sketch: ColumnSketch | undefined): string {
  if (sketch === undefined) return "";
  if (sketch.type === "number")
    return sketch.quantiles.length === 0 ? "no values" : `${sketch.quantiles[0]} to ${sketch.quantiles.at(-1)}`;
  const named = sketch.categories.slice(0, 3).map(([category]) => JSON.stringify(category));
  const more = sketch.categories.length + sketch.otherCategories - named.length;
  return `${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  return [
    `| ${head.join(" | ")} |`,
    `|${head.map(() => " --- |").join("")}`,
    ...lines.map((cells) => `| ${cells.map(cellText).join(" | ")} |`),
  ].join("\n");
}

/** Text that stays in its cell and is no markup: names come from files. */
function cellText(text: string): string {
  return text.replaceAll(/[\r\n]+/g, " ").replaceAll(/[\\|<>`*_[\]]/g, "\\$&");
}
