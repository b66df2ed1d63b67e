// node --import tsx packages/flows/test/features/feature-page.ts: writes docs/flow-features.md anew; a test holds it against this.
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { explainedFeatures, type FeatureExplanation } from "../../src/index.js";

const PATH = new URL("../../../../docs/flow-features.md", import.meta.url);

const INTRODUCTION = `# Features of flows and connections

What the columns of the two models are: the 41 features of KDD'99 and NSL-KDD, of a connection, and those of CIC-IDS2017 and its
corrected meters, of a flow. It is what \`explainFeature(name)\` of \`@mlsec/flows\` says, written by
\`node --import tsx packages/flows/test/features/feature-page.ts\`. Formulas are those of \`@mlsec/flows\`, of flows under the profile
\`cic-fixed\`; the last column says where other meters, or other builds of the same, give something else.
`;

/** The page as it should be. */
export function featurePage(): string {
  const of = (family: FeatureExplanation["family"]): string =>
    table(explainedFeatures().filter((feature) => feature.family === family));
  return `${INTRODUCTION}\n## Of connections\n\n${of("kdd")}\n## Of flows\n\n${of("cic")}`;
}

/** The page as it is, without what aligns its tables. */
export function presentPage(): string {
  return readFileSync(PATH, "utf8").replace(/ +\|/g, " |").replace(/\| -+/g, "| ---");
}

function table(features: readonly FeatureExplanation[]): string {
  const rows = features.map(({ name, meaning, unit, formula, differences }) => {
    const elsewhere = differences.map(({ profile, text }) => `${profile}: ${text}`).join("; ");
    return [`\`${name}\``, meaning, unit ?? "", formula, elsewhere];
  });
  const head = ["feature", "meaning", "unit", "formula", "elsewhere"];
  return [head, head.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`)
    .join("");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) writeFileSync(PATH, featurePage());
