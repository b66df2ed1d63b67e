import type { ConnectionRecord } from "@mlsec/flows";
import { MlsecError } from "@mlsec/preprocess";
import { expect } from "vitest";

/** The MlsecError with which `promise` is rejected. */
export async function rejectionOf(promise: Promise<unknown>): Promise<MlsecError> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(MlsecError);
  return outcome as MlsecError;
}

export async function recordsOf(batches: AsyncIterable<readonly ConnectionRecord[]>): Promise<ConnectionRecord[]> {
  const records: ConnectionRecord[] = [];
  for await (const batch of batches) records.push(...batch);
  return records;
}

/** A finished HTTP connection of a megasecond after 1970, but for what is given. */
export function connection(given: Partial<ConnectionRecord> = {}): ConnectionRecord {
  return {
    start: 1e12,
    duration: 1_500_000,
    protocol: "tcp",
    source: "10.0.0.1",
    sourcePort: 40_000,
    destination: "10.0.0.9",
    destinationPort: 80,
    service: null,
    state: "SF",
    sourceBytes: 100,
    destinationBytes: 2000,
    sourcePackets: 5,
    destinationPackets: 6,
    sourceFrameBytes: null,
    destinationFrameBytes: null,
    wrongFragments: null,
    urgentPackets: null,
    ...given,
  };
}
