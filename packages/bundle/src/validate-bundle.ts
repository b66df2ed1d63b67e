import { MlsecError } from "@mlsec/preprocess";
import { type Bundle, loadBundle } from "./bundle.js";
import { BundleError } from "./bundle-error.js";
import { detectorOf } from "./detect/load-detector.js";
import type { Verdict } from "./detect/verdict.js";
import { exampleTable } from "./example-table.js";
import { type Finding, finding, fits } from "./findings.js";
import { MAX_BUNDLE_BYTES } from "./limits.js";
import type { Pipeline } from "./manifest.js";
import { profileOf } from "./profile.js";

/** What a bundle file is worth. */
export interface BundleValidation {
  readonly fits: boolean;
  readonly findings: readonly Finding[];
  /** The bundle, where it loads. */
  readonly bundle: Bundle | null;
}

/** Rows of the test prediction. */
const TEST_ROWS = 16;

/**
 * Checks a bundle on its own: its size, that it loads, that the profile beside it says the same as the bundle, and that it
 * predicts example rows drawn from its training fingerprint.
 *
 * @param profile the parsed profile JSON, or undefined where there is none.
 */
export async function validateBundle(bytes: Uint8Array, profile?: unknown): Promise<BundleValidation> {
  let bundle: Bundle;
  try {
    bundle = await loadBundle(bytes);
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    return {
      fits: false,
      findings: [finding("error", error.code === "too-large" ? "size" : "loads", error.message)],
      bundle: null,
    };
  }
  const findings = [
    finding("info", "size", `The bundle has ${bundle.bytes} of at most ${MAX_BUNDLE_BYTES} bytes.`, {
      count: bundle.bytes,
    }),
    finding(
      "info",
      "loads",
      `It holds a model of the kind ${bundle.kind}, format ${bundle.formatVersion}, digest ${bundle.digest.slice(0, 12)}.`,
    ),
    ...(profile === undefined
      ? [finding("warning", "profile", "There is no profile beside the bundle to compare with.")]
      : checkProfile(bundle.pipeline, profile)),
    ...testPrediction(bundle),
  ];
  return { fits: fits(findings), findings, bundle };
}

/** Where a profile says something else than its pipeline: a finding a field, or one that says they agree. */
export function checkProfile(pipeline: Pipeline, profile: unknown): Finding[] {
  const expected = flatten(profileOf(pipeline));
  const got = flatten(profile);
  const different = [...new Set([...expected.keys(), ...got.keys()])].filter(
    (field) => expected.get(field) !== got.get(field),
  );
  if (different.length === 0) return [finding("info", "profile", "The profile agrees with the bundle.")];
  return different.map((field) => {
    const shown = (value: string | undefined): string => (value === undefined ? "absent" : value.slice(0, 80));
    return finding(
      "error",
      "profile",
      `The profile's ${field} is ${shown(got.get(field))} where the bundle says ${shown(expected.get(field))}.`,
    );
  });
}

/** Leaves of nested objects as JSON texts by their dotted path. Lists are leaves. */
function flatten(value: unknown, path = ""): Map<string, string> {
  if (value === null || typeof value !== "object" || Array.isArray(value))
    return new Map([[path, JSON.stringify(value)]]);
  return new Map(
    Object.entries(value).flatMap(([key, item]) => [...flatten(item, path === "" ? key : `${path}.${key}`)]),
  );
}

/** Predicts example rows: every verdict must be one of the classes, with a probability from 0 to 1. */
function testPrediction(bundle: Bundle): Finding[] {
  // Models from elsewhere come without their training rows' sketches.
  if (bundle.pipeline.provenance.fingerprint.columns.length === 0)
    return [
      finding("warning", "test-prediction", "Not tried: the bundle keeps nothing of training rows to draw from."),
    ];
  const detector = detectorOf(bundle);
  let verdicts: Verdict[];
  try {
    verdicts = detector.detect(exampleTable(bundle.pipeline, TEST_ROWS));
  } catch (error) {
    if (!(error instanceof MlsecError)) throw error;
    return [finding("error", "test-prediction", `The model judges no example rows: ${error.message}`)];
  }
  const wrong = verdicts.filter(
    ({ class: name, probability }) => !detector.classes.includes(name) || !(probability >= 0 && probability <= 1),
  );
  if (wrong.length > 0) {
    return [
      finding("error", "test-prediction", "Test predictions are no class or no probability.", {
        count: wrong.length,
        examples: wrong.slice(0, 3).map((verdict) => JSON.stringify(verdict)),
      }),
    ];
  }
  const classes = [...new Set(verdicts.map(({ class: name }) => name))];
  return [
    finding("info", "test-prediction", `${TEST_ROWS} example rows were predicted: ${classes.join(", ")}.`, {
      count: TEST_ROWS,
    }),
  ];
}
