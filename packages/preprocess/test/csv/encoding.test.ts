import { type CsvNotice, readCsv } from "@mlsec/preprocess";
import { expect, test } from "vitest";
import { rejectionOf, utf8 } from "../support.js";

/** Text as Windows-1252, for the characters that it shares with Latin-1, and the dash. */
function windows1252(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => (character === "–" ? 0x96 : character.charCodeAt(0)));
}

async function read(bytes: Uint8Array, options: Parameters<typeof readCsv>[1] = {}) {
  const notices: CsvNotice[] = [];
  const table = await readCsv(bytes, { ...options, onNotice: (notice) => notices.push(notice) });
  return { table, notices };
}

test("a Windows-1252 file is recognised as a whole and reported", async () => {
  const { table, notices } = await read(windows1252("n,Label\n1,café\n2,Web Attack – XSS\n3,BENIGN\n"));
  expect(table.texts("Label")).toEqual(["café", "Web Attack – XSS", "BENIGN"]);
  expect(notices).toMatchObject([{ kind: "encoding", message: expect.stringContaining("café") }]);
});

test("a dash in a column that turns out to be text late, or in the header, is enough", async () => {
  const late = await read(windows1252("a\n1\n2\nx – y\n"));
  expect(late.table.texts("a")).toEqual(["1", "2", "x – y"]);
  expect(late.notices).toHaveLength(1);
  expect((await read(windows1252("a – b\n1\n"))).table.names).toEqual(["a – b"]);
});

test("UTF-8 is not taken for it, and a damaged character in UTF-8 is a fault", async () => {
  const { table, notices } = await read(utf8("a\n–\né\n"));
  expect(table.texts("a")).toEqual(["–", "é"]);
  expect(notices).toEqual([]);
  const damaged = Uint8Array.from([...utf8("a,b\né,1\n"), 0x96, ...utf8(",2\nx,3\n")]);
  const error = await rejectionOf(readCsv(damaged));
  expect(error.details["issues"]).toMatchObject([{ kind: "not-utf8", row: 1, column: "a", value: "\uFFFD" }]);
  expect((await readCsv(damaged, { policy: "missing" })).texts("a")).toEqual(["é", null, "x"]);
  expect((await readCsv(damaged, { select: ["b"] })).rows).toBe(3);
});

test("bytes that mean nothing in Windows-1252 either are faults", async () => {
  const error = await rejectionOf(readCsv(Uint8Array.of(0x61, 0x0a, 0x78, 0x81, 0x0a)));
  expect(error.details["issues"]).toMatchObject([{ kind: "not-utf8", row: 0 }]);
});

test("a given encoding is not questioned", async () => {
  const bytes = windows1252("a\n–\n");
  expect((await rejectionOf(readCsv(bytes, { encoding: "utf-8" }))).code).toBe("csv-issues");
  const forced = await read(utf8("a\né\n"), { encoding: "windows-1252" });
  expect(forced.table.texts("a")).toEqual(["Ã©"]);
  expect(forced.notices).toEqual([]);
});

test("characters cut over chunks are no evidence of anything", async () => {
  const text = `a\n${"é,".repeat(70_000)}`.replaceAll(",", "\n");
  async function* cut(): AsyncGenerator<Uint8Array> {
    const bytes = utf8(text);
    for (let at = 0; at < bytes.length; at += 65_537) yield bytes.subarray(at, at + 65_537);
  }
  const notices: CsvNotice[] = [];
  const table = await readCsv(cut(), { onNotice: (notice) => notices.push(notice) });
  expect([table.rows, new Set(table.texts("a")), notices]).toEqual([70_000, new Set(["é"]), []]);
});

test.each([
  ["little", [0xff, 0xfe, 0x61, 0, 0x0a, 0]],
  ["big", [0xfe, 0xff, 0, 0x61, 0, 0x0a]],
])("UTF-16, %s end first, is refused by name", async (_, bytes) => {
  const error = await rejectionOf(readCsv(Uint8Array.from(bytes)));
  expect(error.code).toBe("csv-utf16");
  expect(error.message).toContain("Save it as UTF-8");
});
