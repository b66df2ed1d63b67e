// A CommonJS application in TypeScript: its import becomes require(), as Node 20.19 allows.
import { loadDetector, type Verdict } from "@mlsec/bundle";
import { Table } from "@mlsec/preprocess";

export async function judge(bytes: Uint8Array): Promise<readonly Verdict[]> {
  return (await loadDetector(bytes)).detect(Table.fromRecords([{ Rate: 1 }]));
}
