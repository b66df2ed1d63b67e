import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { MlsecError, type ReadCsvOptions, readCsv } from "../../src/index.js";

afterEach(() => vi.unstubAllGlobals());

/** What reading gives, with the kernel and without it. */
async function bothWays(bytes: Uint8Array, chunk: number, options: ReadCsvOptions = {}): Promise<unknown[]> {
  const withKernel = await outcome(bytes, chunk, options);
  vi.stubGlobal("WebAssembly", undefined);
  const without = await outcome(bytes, chunk, options);
  vi.unstubAllGlobals();
  return [withKernel, without];
}

async function outcome(bytes: Uint8Array, chunk: number, options: ReadCsvOptions): Promise<unknown> {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
  }
  const told: unknown[] = [];
  try {
    const onIssues: ReadCsvOptions["onIssues"] = ({ first, counts }) => told.push(first, counts);
    const onNotice: ReadCsvOptions["onNotice"] = (notice) => told.push(notice);
    return [[...(await readCsv(chunks(), { ...options, onIssues, onNotice }))], told];
  } catch (error) {
    if (error instanceof MlsecError) return [error.code, error.message, error.details, told];
    throw error;
  }
}

const digits = (most: number): fc.Arbitrary<string> =>
  fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: most }).map((list) => list.join(""));

/** Texts like decimals: short and long, with a sign, a point, an exponent, and mostly numbers. */
const decimals = fc
  .tuple(fc.constantFrom("", "", "-", "+"), digits(20), fc.constantFrom("", ".", ".", ".."), digits(20), digits(3))
  .map(([sign, whole, point, part, exponent]) => {
    const power = exponent.length === 3 ? `E${Number(exponent) % 2 === 0 ? "-" : ""}${exponent}` : "";
    return sign + whole + (point === "" ? "" : point + part) + power;
  });

const cells = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 200 }).map(String) },
  { weight: 6, arbitrary: decimals },
  { weight: 3, arbitrary: fc.constantFrom("tcp", "udp", "", "NaN", "inf", "é", "-", ".", "-.", "x".repeat(70)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('"a,b"', '"a\n1,2,3"', '"a""b"', '"x"y', 'a"b', "1,2", "\n", "\r\n", "#", '"'),
  },
);

const files = fc
  .tuple(
    fc.array(fc.array(cells, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 200 }),
    fc.constantFrom("\n", "\r\n", "\r"),
  )
  .map(([rows, end]) => new TextEncoder().encode(["a,b,c", ...rows.map((row) => row.join(","))].join(end)));

describe("the row kernel", () => {
  // Breaks where any file is read otherwise in places that forbid WebAssembly.
  it("reads what the parser in TypeScript reads, for any bytes in any chunks", { timeout: 60_000 }, async () => {
    const policies = fc.constantFrom<ReadCsvOptions["policy"]>("error", "missing", "drop-row");
    await fc.assert(
      fc.asyncProperty(files, fc.integer({ min: 1, max: 5000 }), policies, async (bytes, chunk, policy) => {
        const [kernel, plain] = await bothWays(bytes, chunk, { policy, comment: "#" });
        expect(kernel).toEqual(plain);
      }),
      { numRuns: 600 },
    );
  });

  // Breaks where a text within quotes is taken for a cell of a row of its own, and speaks for the encoding.
  it("does not take the inside of a quoted field for rows", async () => {
    const rows = Array.from({ length: 200 }, (_, row) => `t${row},1`).join("\n");
    const bytes = Uint8Array.from(`a,b\n${rows}\nt,"1\n\x96,2"\n`, (unit) => unit.charCodeAt(0));
    const [kernel, plain] = await bothWays(bytes, bytes.length, { select: ["a"] });
    expect(kernel).toEqual(plain);
  });

  // Breaks where a record is too long but plain, so that nothing of it is looked at closely.
  it.each([
    ["text", "x"],
    ["number", "0"],
  ] as const)("refuses a record beyond 16 MiB that is one plain %s", { timeout: 60_000 }, async (type, cell) => {
    const [short, long] = [`${cell}\n`.repeat(1 << 22), `${cell.repeat((16 << 20) + 1)}\n`];
    // The long record comes to its end together with twice as many bytes: it is never seen incomplete.
    const bytes = new TextEncoder().encode(`a\n${long}${short}${short}`);
    const options = { types: new Map([["a", type]]) };
    const [kernel, plain] = await bothWays(bytes, bytes.length, options);
    expect(kernel).toEqual(plain);
    expect(kernel).toContain("csv-record-too-long");
  });

  it("rounds every decimal as Number() does", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(decimals, { minLength: 1, maxLength: 100 }), async (texts) => {
        const numbers = texts.filter((text) => text !== "" && Number.isFinite(Number(text)));
        fc.pre(numbers.length > 0);
        const table = await readCsv(`x,y\n${numbers.map((text) => `${text},1`).join("\n")}`, {
          types: new Map([["x", "number"]]),
        });
        expect([...table.numbers("x")]).toEqual(numbers.map(Number));
      }),
      { numRuns: 1000 },
    );
  });
});
