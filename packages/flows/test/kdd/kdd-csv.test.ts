import { type ConnectionRecord, KDD_IDENTIFIERS, kddCsv, readZeekConn } from "@mlsec/flows";
import { nslKdd, readCsv } from "@mlsec/preprocess";
import { expect, it } from "vitest";
import { connection } from "../support.js";

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const piece of pieces) text += piece;
  return text;
}

const RECORDS = [3, 1, 2].map((second) =>
  connection({ start: 1_700_000_000_000_000 + second * 1e6, sourcePort: second }),
);
const HEADER = [...KDD_IDENTIFIERS, ...nslKdd.features].join(",");

it("has one header, identifiers first, and a line a connection in the order in which they began", async () => {
  const text = await textOf(kddCsv(RECORDS, { batchRows: 1 }));
  const [header, ...lines] = text.trimEnd().split("\n");
  expect(header).toBe(HEADER);
  // After the identifiers: duration 1, and the bytes; the third sees those that began at most 2 s before.
  expect(lines.map((line) => line.split(",").slice(0, 11).join(","))).toEqual([
    "1700000001000000,10.0.0.1,1,10.0.0.9,80,1,tcp,http,SF,100,2000",
    "1700000002000000,10.0.0.1,2,10.0.0.9,80,1,tcp,http,SF,100,2000",
    "1700000003000000,10.0.0.1,3,10.0.0.9,80,1,tcp,http,SF,100,2000",
  ]);
  const table = await readCsv(text, { schema: nslKdd });
  expect([...table.numbers("count")]).toEqual([1, 2, 3]);
});

it("has a header alone where there are no connections", async () => {
  expect(await textOf(kddCsv([]))).toBe(`${HEADER}\n`);
  async function* none(): AsyncGenerator<readonly ConnectionRecord[]> {}
  expect(await textOf(kddCsv(none()))).toBe(`${HEADER}\n`);
});

it("passes on what its source throws", async () => {
  await expect(textOf(kddCsv(readZeekConn("no log")))).rejects.toMatchObject({ code: "no-header" });
});
