import type { Detector } from "@mlsec/bundle";
import { flowColumns, kddFeatures, meterFlowBatches, type PacketIssues, readConnectionBatches } from "@mlsec/flows";
import { concatTables, MlsecError, type Progress, readBytes, type Table } from "@mlsec/preprocess";
import { featuresFor, readsConnections } from "../shared/live/features.js";
import { flowSubject, type Subject } from "../shared/live/traffic-verdict.js";
import { connectionCountsText, kddCountsText, meterCountsText, tellIssues } from "../shared/traffic-texts.js";

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
 * Meters a capture into the features that a model was trained on, as its bundle says; where it does not, by the names of its
 * columns, and a note says so.
 *
 * @throws MlsecError `flow-profile`, `missing-feature`, `no-flows`; PacketError.
 */
export async function readCapture(
  file: Blob,
  detector: Detector,
  onProgress: (progress: Progress) => void,
): Promise<Traffic> {
  const notes: string[] = [];
  const note = (text: string): void => void notes.push(text);
  const features = featuresFor(detector, { profile: profileOf(detector), anyProfile: false, warn: note });
  const bytes = watched(file, onProgress);
  const tables: Table[] = [];
  const subjects: Subject[] = [];
  const onIssues = (issues: PacketIssues): void => tellIssues(issues, note);
  if (features.unit === "flows") {
    const { profile, names } = features;
    const options = {
      profile,
      names,
      onIssues,
      onCounts: (of: Parameters<typeof meterCountsText>[0]) => note(meterCountsText(of)),
    };
    for await (const { table, records } of meterFlowBatches(bytes, options)) {
      tables.push(table);
      for (const record of records) subjects.push(flowSubject(record));
    }
  } else {
    const untold = new Set<string>();
    const records = readConnectionBatches(bytes, {
      onIssues,
      onCounts: (counts) => note(connectionCountsText(counts)),
    });
    for await (const batch of kddFeatures(records, { onCounts: (counts) => note(kddCountsText(counts)) })) {
      tables.push(batch.table);
      for (const { start, source, sourcePort, destination, destinationPort, protocol } of batch.records)
        subjects.push({ start, source, sourcePort, destination, destinationPort, protocol });
      for (const list of new Set(batch.unavailable)) for (const name of list) untold.add(name);
    }
    const read = detector.inputs.filter(({ name }) => untold.has(name)).map(({ name }) => name);
    if (read.length > 0)
      note(`The model reads columns that headers do not tell, and that are 0 here: ${read.join(", ")}.`);
  }
  if (tables.length === 0)
    throw new MlsecError("no-flows", "The capture has no flows that the model could judge. Choose another one.");
  return { table: concatTables(tables), subjects, notes };
}

/** The bundle's own profile; else that whose names the columns have. */
function profileOf(detector: Detector): string {
  const own = detector.bundle.pipeline.provenance.flowProfile;
  if (own !== null) return own;
  if (readsConnections(detector)) return "kdd";
  const fixed = flowColumns({ profile: "cic-fixed" }).columns;
  return detector.inputs.every(({ name }) => fixed.includes(name)) ? "cic-fixed" : "cic2017";
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
