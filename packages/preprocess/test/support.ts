import { type Column, MlsecError, type Table } from "@mlsec/preprocess";
import { expect } from "vitest";

/** The MlsecError that `act` throws; fails where it throws none. */
export function errorOf(act: () => unknown): MlsecError {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(MlsecError);
    return error as MlsecError;
  }
  throw new Error("nothing was thrown");
}

/** The MlsecError with which `promise` is rejected. */
export async function rejectionOf(promise: Promise<unknown>): Promise<MlsecError> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(MlsecError);
  return outcome as MlsecError;
}

export function numbers(...values: number[]): Column {
  return { kind: "number", values: Float64Array.from(values) };
}

/** The cells of a table by column, −0 and 0 apart. */
export function cellsOf(table: Table): [string, string, unknown[]][] {
  return [...table].map(([name, column]) => [
    name,
    column.kind,
    column.kind === "number" ? [...column.values] : table.texts(name),
  ]);
}

/** The bytes cut into chunks of the given sizes, over and over. */
export async function* inChunks(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    yield bytes.slice(at, at + size);
    at += size;
  }
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
