// The mlsec side of test_bundle_readers.py: loads bundles, and judges the rows of the kit with those that load.
import { readFileSync } from "node:fs";
import { detectorOf, loadBundle } from "../packages/bundle/src/index.js";
import { type InputRecord, MlsecError } from "../packages/preprocess/src/index.js";

interface Question {
  /** The file's bytes in base64. */
  readonly bundle: string;
  /** The file of its rows. */
  readonly inputs: string;
}

const questions = JSON.parse(readFileSync(0, "utf8")) as Question[];
const answers: unknown[] = [];
for (const { bundle, inputs } of questions) answers.push(await answer(Buffer.from(bundle, "base64"), inputs));
console.log(JSON.stringify(answers));

async function answer(bytes: Uint8Array, inputs: string): Promise<unknown> {
  try {
    const detector = detectorOf(await loadBundle(bytes));
    const rows = JSON.parse(readFileSync(inputs, "utf8")) as InputRecord[];
    return { code: null, verdicts: rows.map((row) => coded(() => detector.detect([row])[0])) };
  } catch (error) {
    return { code: codeOf(error) };
  }
}

function coded(verdict: () => unknown): unknown {
  try {
    return verdict();
  } catch (error) {
    return { error: codeOf(error) };
  }
}

/** Other errors than the library's own end the test. */
function codeOf(error: unknown): string {
  if (error instanceof MlsecError) return error.code;
  throw error;
}
