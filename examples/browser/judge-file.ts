import { Breather, MlsecError, type Progress } from "@mlsec/preprocess";
import { csvHeaders } from "../shared/live/csv-headers.js";
import { readsConnections } from "../shared/live/features.js";
import { judgeCsv } from "../shared/live/judge-csv.js";
import { judgeTraffic, type Stages } from "../shared/live/judge-traffic.js";
import { VerdictSummary } from "../shared/live/verdict-summary.js";
import { assumedProfile, isCapture } from "./capture.js";
import { scoresDigest } from "./digest.js";
import { KeptVerdicts } from "./kept-verdicts.js";
import { RowObserver, SHOWN_ROWS } from "./row-observer.js";
import type { ClassCount, Scores, ShownRow } from "./scores.js";

export interface JudgeOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

export interface JudgedFile {
  readonly verdicts: KeptVerdicts;
  readonly scores: Scores;
}

/** As `npm run detect`. */
const LATENESS = 60;
/** Rows of a CSV judged in one go: few enough that a page is not held for longer than about 100 ms. */
const BATCH_ROWS = 256;

/**
 * Judges a CSV or a capture as `npm run detect` does, in one stage or two, piece by piece as it is read. Where a bundle does not
 * say how the features of flows are computed, the profile is assumed that has its columns, and a warning says so.
 *
 * @throws MlsecError `aborted`, `nothing-to-judge`; as `judgeTraffic` and `judgeCsv`.
 */
export async function judgeFile(file: Blob, stages: Stages, { signal, onProgress }: JudgeOptions): Promise<JudgedFile> {
  const [first, second] = stages;
  const ofPackets = await isCapture(file);
  const unit = ofPackets ? (readsConnections(first) ? "connections" : "flows") : "rows";
  const verdicts = new KeptVerdicts(stages);
  const summary = new VerdictSummary(unit);
  const observer = new RowObserver();
  const warnings: string[] = [];
  const notes: string[] = [];
  const options = {
    signal,
    warn: (text: string): void => void warnings.push(text),
    tell: (text: string): void => void notes.push(text),
    onStage: () => undefined,
    onJudged: observer.add.bind(observer),
  };
  const bytes = watched(file, onProgress);
  const batches = ofPackets
    ? judgeTraffic(bytes, "pcap", stages, {
        ...options,
        profile: assumedProfile(stages),
        anyProfile: false,
        lateness: LATENESS,
      })
    : judgeCsv(bytes, stages, {
        ...options,
        headers: await csvHeaders(file),
        isPipe: false,
        batchRows: BATCH_ROWS,
      });
  const breather = new Breather(signal);
  for await (const batch of batches) {
    for (const verdict of batch) summary.add(verdict);
    verdicts.add(batch);
    if (breather.due()) await breather.pause();
  }
  if (ofPackets && verdicts.rows === 0)
    throw new MlsecError(
      "nothing-to-judge",
      `The capture has no ${unit} that could be judged. Choose another one. ${notes.join(" ")}`.trimEnd(),
    );
  if (ofPackets && second !== undefined) verdicts.sortByTime();
  const { codes, probabilities } = verdicts.columns();
  const refused = summary.refusedText();
  return {
    verdicts,
    scores: {
      unit,
      rows: summary.all,
      refused: refused === null ? null : { rows: summary.refused, text: refused },
      attacks: summary.attacks,
      classes: classCounts(summary, stages),
      absentClasses: possibleClasses(stages).filter((name) => !summary.classes.has(name)).length,
      shown: shownRows(verdicts, codes, second === undefined ? observer : null),
      unseen: observer.unseen(),
      warnings,
      notes,
      digest: await scoresDigest(probabilities, codes),
    },
  };
}

function classCounts({ classes }: VerdictSummary, [first]: Stages): ClassCount[] {
  const { normalClass } = first.bundle.pipeline;
  return [...classes]
    .map(([name, rows]) => ({ name, rows, isAttack: name !== normalClass }))
    .sort((a, b) => b.rows - a.rows);
}

/** The classes that a verdict can have: of two stages not the second one's for "no attack". */
function possibleClasses([first, second]: Stages): string[] {
  const names = second?.classes.filter((name) => name !== second.bundle.pipeline.normalClass) ?? [];
  return [...new Set([...first.classes, ...names])];
}

function shownRows(verdicts: KeptVerdicts, codes: Int32Array, observer: RowObserver | null): ShownRow[] {
  const shown: ShownRow[] = [];
  const ofClass = new Map<number, number>();
  for (const [at, code] of codes.entries()) {
    const before = ofClass.get(code) ?? 0;
    ofClass.set(code, before + 1);
    if (at >= SHOWN_ROWS && before >= SHOWN_ROWS) continue;
    shown.push({ at, ...verdicts.at(at), cells: observer?.cellsOf(at) ?? null });
  }
  return shown;
}

async function* watched(file: Blob, onProgress: (progress: Progress) => void): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader();
  try {
    for (let done = 0; ; ) {
      const { value } = await reader.read();
      if (value === undefined) return;
      yield value;
      done += value.length;
      onProgress({ what: "Reading and judging", done, total: file.size });
    }
  } finally {
    await reader.cancel();
  }
}
