import type { Detector } from "@mlsec/bundle";
import { kddFeatures, meterFlowBatches, type PacketSource, readConnectionBatches } from "@mlsec/flows";
import { concatTables, MlsecError, type Progress, readBytes, type Table } from "@mlsec/preprocess";
import { type Features, featuresFor, nearestProfile } from "../shared/live/features.js";
import { flowSubject, type Subject } from "../shared/live/traffic-verdict.js";
import { UnavailableFeatures } from "../shared/live/unavailable-features.js";
import {
  connectionCountsText,
  kddCountsText,
  meterCountsText,
  type Tell,
  tellIssues,
} from "../shared/traffic-texts.js";

/** Flows or connections of a capture, with the features that a model reads. */
export interface Traffic {
  readonly table: Table;
  /** Whose each row is. */
  readonly subjects: readonly Subject[];
  /** What a person should know of them before trusting verdicts. */
  readonly notes: readonly string[];
}

/** First bytes of pcap, in micro- and nanoseconds and either byte order, and of pcapng. */
const MAGICS: readonly number[] = [0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1, 0x0a0d0d0a];

/** Whether a file is a capture, packed with gzip or not. */
export async function isCapture(file: Blob): Promise<boolean> {
  for await (const chunk of readBytes(file)) {
    if (chunk.length < 4) return false;
    return MAGICS.includes(new DataView(chunk.buffer, chunk.byteOffset).getUint32(0));
  }
  return false;
}

/**
 * Meters a capture into the features that a model was trained on, as its bundle says; where it does not, under the profile that
 * has its columns, and a note says so.
 *
 * @throws MlsecError `flow-profile`, `missing-feature`, `no-flows`; PacketError.
 */
export async function readCapture(
  file: Blob,
  detector: Detector,
  onProgress: (progress: Progress) => void,
): Promise<Traffic> {
  const notes: string[] = [];
  const note: Tell = (text) => void notes.push(text);
  const profile = detector.bundle.pipeline.provenance.flowProfile ?? nearestProfile(detector);
  const features = featuresFor(detector, { profile, anyProfile: false, warn: note });
  const bytes = watched(file, onProgress);
  const batches = features.unit === "flows" ? flowsOf(bytes, features, note) : connectionsOf(bytes, detector, note);
  const tables: Table[] = [];
  const subjects: Subject[] = [];
  for await (const batch of batches) {
    tables.push(batch.table);
    for (const subject of batch.subjects) subjects.push(subject);
  }
  if (tables.length === 0)
    throw new MlsecError("no-flows", "The capture has no flows that the model could judge. Choose another one.");
  return { table: concatTables(tables), subjects, notes };
}

type Batch = Omit<Traffic, "notes">;

async function* flowsOf(
  bytes: PacketSource,
  { profile, names }: Features & { readonly unit: "flows" },
  note: Tell,
): AsyncGenerator<Batch> {
  const flows = meterFlowBatches(bytes, {
    profile,
    names,
    onIssues: (issues) => tellIssues(issues, note),
    onCounts: (counts) => note(meterCountsText(counts)),
  });
  for await (const { table, records } of flows) yield { table, subjects: records.map(flowSubject) };
}

async function* connectionsOf(bytes: PacketSource, detector: Detector, note: Tell): AsyncGenerator<Batch> {
  const lacking = new UnavailableFeatures(detector);
  const records = readConnectionBatches(bytes, {
    onIssues: (issues) => tellIssues(issues, note),
    onCounts: (counts) => note(connectionCountsText(counts)),
  });
  const features = kddFeatures(records, { onCounts: (counts) => note(kddCountsText(counts)) });
  for await (const { table, records: of, unavailable } of features) {
    lacking.add(unavailable);
    yield { table, subjects: of };
  }
  const warning = lacking.warning();
  if (warning !== null) note(warning);
}

async function* watched(file: Blob, onProgress: (progress: Progress) => void): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader();
  try {
    for (let done = 0; ; ) {
      const { value } = await reader.read();
      if (value === undefined) return;
      yield value;
      done += value.length;
      onProgress({ what: "Reading the capture", done, total: file.size });
    }
  } finally {
    await reader.cancel();
  }
}
