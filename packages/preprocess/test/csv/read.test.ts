import { CsvError, type CsvIssues, MlsecError, readCsv, Table } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cellsOf, inChunks, rejectionOf, utf8 } from "../support.js";

/** The kinds and places of the faults that an error of code `csv-issues` lists. */
async function faults(source: string | Uint8Array, options?: Parameters<typeof readCsv>[1]): Promise<unknown[]> {
  const error = await rejectionOf(readCsv(source, options));
  expect(error).toBeInstanceOf(CsvError);
  expect(error.code).toBe("csv-issues");
  const issues = error.details["issues"] as { kind: string; row: number; column: string | null; value: string }[];
  expect(error.details["total"]).toBe(issues.length);
  return issues.map(({ kind, row, column, value }) => [kind, row, column, value]);
}

describe("numbers", () => {
  /** The values that reading gives for fields, each on a row of its own. */
  async function read(fields: readonly string[]): Promise<number[]> {
    const text = `x,y\n${fields.map((field) => `${field},0\n`).join("")}`;
    return [...(await readCsv(text, { types: new Map([["x", "number"]]) })).numbers("x")];
  }

  test("are what Number() makes of them, correctly rounded, at every hard place", async () => {
    const fields = [
      ...["0", "-0", "00012", "-007.50", "1.", ".5", "-.5", "+3", " 12 ", "\t12", "1e3", "1E+3", "2e-0", "0.1", "1.10"],
      ...["9007199254740991", "9007199254740992", "9007199254740993", "-9007199254740993", "9007199254740995"],
      ...["9007199254740993.5", "900719925474099.3", "0.9007199254740993", "123456789012345678", "9999999999999999999"],
      ...["5e-324", "4.9406564584124654e-324", "2.4703282292062327e-324", "2.4703282292062328e-324"],
      ...["2.2250738585072011e-308", "2.2250738585072014e-308", "1.7976931348623157e308", "1.7976931348623158e308"],
      ...[
        "1e22",
        "1e23",
        "123456789012345e22",
        "3.3333333333333335",
        "1.7976931348623157e+308",
        "1e-400",
        "0.000000000000000000000001",
        "0.0000000000000000000001",
        "1.00000000000000000000",
      ],
      ...[
        "1.0000000000000002220446049250313",
        "1.0000000000000001110223024625156",
        "0".repeat(30),
        `${"0".repeat(25)}1`,
      ],
    ];
    expect(await read(fields)).toStrictEqual(fields.map(Number));
  });

  test("are what Number() makes of any decimal of 1 to 30 digits", async () => {
    const digits = (max: number) =>
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: max }).map((list) => list.join(""));
    const exponent = fc.integer({ min: -340, max: 320 }).map((power) => `e${power}`);
    const decimal = fc
      .tuple(fc.constantFrom("", "-", "+"), digits(25), fc.option(digits(25)), fc.option(exponent, { freq: 2 }))
      .map(([sign, whole, part, power]) => `${sign}${whole}${part === null ? "" : `.${part}`}${power ?? ""}`);
    const shortest = fc.double({ noNaN: true, noDefaultInfinity: true }).map(String);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(decimal, shortest), { minLength: 50, maxLength: 50 }), async (fields) => {
        const finite = fields.filter((field) => Number.isFinite(Number(field)));
        expect(await read(finite)).toStrictEqual(finite.map(Number));
      }),
      { numRuns: 200 },
    );
  });

  test("are rounded to the right side of every middle between two floats", async () => {
    const random = Random.seeded(3);
    const fields: string[] = [];
    for (let round = 0; round < 3000; round++) {
      // An odd number of 54 bits, times 2^power, lies in the middle between two floats of 53 bits.
      const middle = 2n ** 53n + 2n * BigInt(random.below(2 ** 32)) * BigInt(random.below(2 ** 20)) + 1n;
      const power = random.below(30);
      const decimals = (middle * 5n ** BigInt(power)).toString();
      const cut = decimals.length - power;
      const text = cut > 0 ? `${decimals.slice(0, cut)}.${decimals.slice(cut)}` : `0.${"0".repeat(-cut)}${decimals}`;
      fields.push(
        text,
        `${text}1`,
        `-${text.slice(0, -1)}4`,
        String(middle),
        String(middle - 1n),
        `${middle}e${power}`,
      );
    }
    expect(await read(fields)).toStrictEqual(fields.map(Number));
  });

  test("beyond float64 are faults, not infinities", async () => {
    const values = ["1.7976931348623159e308", "1e400", "-1e400"];
    expect(await faults(`x\n1\n${values.join("\n")}\n`)).toEqual(
      values.map((value, index) => ["overflow", index + 1, "x", value]),
    );
    const kept = await readCsv("x\n1\n1e999\n1e-999\n", { policy: "missing" });
    expect(kept.numbers("x")).toEqual(Float64Array.of(1, NaN, 0));
  });

  test("may be infinite, in every usual spelling", async () => {
    expect(await read(["Infinity", "-Infinity", "+Infinity", "inf", "-inf", "+inf"])).toEqual([
      ...[Infinity, -Infinity, Infinity, Infinity, -Infinity, Infinity],
    ]);
  });

  test("are missing where the cell is empty or says so", async () => {
    expect(await read(["", "  ", '""', "NaN", "nan", "NA", "null", " NA "])).toEqual(Array(8).fill(NaN));
  });

  test.each(["0x10", "1_000", "1,5", "1e", "e5", ".", "-", "+", "1.2.3", "--1", "1 2", "Inf", "None", "١"])(
    "are not %j",
    async (field) => {
      const source = `x;y\n1;2\n${field};3\n`;
      const options = { delimiter: ";", types: new Map([["x", "number" as const]]) };
      expect(await faults(source, options)).toEqual([["not-a-number", 1, "x", field]]);
    },
  );

  test("a long cell that is nearly a number costs no more than its length", async () => {
    const started = performance.now();
    const table = await readCsv(`x\n${"1".repeat(2_000_000)}x\n`);
    expect(table.column("x").kind).toBe("text");
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe("types", () => {
  test("a column of numbers and missing cells is numeric, one of words is text", async () => {
    const table = await readCsv("n,t,m\n1,tcp,\n,,\n2.5,NA,\n-3,udp,\n");
    expect(cellsOf(table)).toEqual([
      ["n", "number", [1, NaN, 2.5, -3]],
      ["t", "text", ["tcp", null, null, "udp"]],
      ["m", "number", [NaN, NaN, NaN, NaN]],
    ]);
  });

  test("the whole column decides: words in fewer than 1 % of the cells are faults, in more they make it text", async () => {
    const column = (words: number): string =>
      `x\n${Array.from({ length: 200 }, (_, row) => (row < words ? `w${row}` : `${row}`)).join("\n")}`;
    expect(await faults(column(2))).toEqual([
      ["not-a-number", 0, "x", "w0"],
      ["not-a-number", 1, "x", "w1"],
    ]);
    expect((await readCsv(column(3))).column("x").kind).toBe("text");
  });

  test("text after numbers is read again as it was written, quotes and spaces too", async () => {
    const source = 'a,b,c\n007,1,x\n 1.50 ,2,\n"say ""no""",3,y\n';
    const expected = [
      ["a", "text", ["007", " 1.50 ", 'say "no"']],
      ["b", "number", [1, 2, 3]],
      ["c", "text", ["x", null, "y"]],
    ];
    expect(cellsOf(await readCsv(source))).toEqual(expected);
    expect(cellsOf(await readCsv(inChunks(utf8(source), [3])))).toEqual(expected);
  });

  test("numbers after text are numbers where at least 99 % are, and the text is a fault in its place", async () => {
    const column = `x\nword\n,\n${Array.from({ length: 300 }, (_, row) => `${row}.5`).join("\n")}`.replace(",\n", "");
    expect(await faults(column)).toEqual([["not-a-number", 0, "x", "word"]]);
    expect((await readCsv(column, { policy: "missing" })).numbers("x").subarray(0, 3)).toEqual(
      Float64Array.of(NaN, 0.5, 1.5),
    );
    expect((await readCsv(column, { policy: "drop-row" })).rows).toBe(300);
  });

  test("any table of texts and numbers is found out and kept, whatever stands first", async () => {
    const cell = fc.constantFrom("", "1", "2.50", "007", "x", "NaN", "é", "inf", '"q, ""z"""', "1e400", '"5"');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 250 }), async (rows) => {
        const text = `a,b\n${rows.map((row) => row.join(",")).join("\n")}\n`;
        const types = new Map([
          ["a", "text" as const],
          ["b", "text" as const],
        ]);
        const asTexts = await readCsv(text, { types });
        const read = await readCsv(text, { policy: "missing" });
        for (const name of ["a", "b"]) {
          const texts = asTexts.texts(name);
          const present = texts.filter((value) => value !== null);
          const numeric = present.filter((value) => value === "inf" || !Number.isNaN(Number(value)));
          if (numeric.length < present.length * 0.99) expect(read.texts(name)).toEqual(texts);
          else {
            const expected = texts.map((value) => (value === "inf" ? Infinity : value === null ? NaN : Number(value)));
            expect([...read.numbers(name)]).toEqual(
              expected.map((value, row) => (texts[row] === "1e400" ? NaN : value)),
            );
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  test("missing cells do not count towards the 99 %", async () => {
    expect((await readCsv(`x,y\n${",1\n".repeat(500)}1,1\nword,1\n`)).column("x").kind).toBe("text");
  });

  test("given types bind: numbers stay text, and text among numbers is a fault however common", async () => {
    const source = "port,size\n080,1\n443,big\n";
    expect((await readCsv(source, { types: new Map([["port", "text"]]) })).texts("port")).toEqual(["080", "443"]);
    expect(await faults(source, { types: new Map([["size", "number"]]) })).toEqual([
      ["not-a-number", 1, "size", "big"],
    ]);
  });

  test("text keeps its spaces, its quotes and its case", async () => {
    expect((await readCsv('a,b\n x ,"He said ""no"""\nNormal,normal\n')).texts("a")).toEqual([" x ", "Normal"]);
    expect((await readCsv('a,b\n x ,"He said ""no"""\nNormal,normal\n')).texts("b")).toEqual([
      'He said "no"',
      "normal",
    ]);
  });
});

describe("layout", () => {
  const plain = "a,b\n1,x\n2,y\n";

  test.each([
    ["CRLF", "a,b\r\n1,x\r\n2,y\r\n"],
    ["CR, as in old Mac files", "a,b\r1,x\r2,y\r"],
    ["mixed line ends", "a,b\r1,x\n2,y\r\n"],
    ["no line end at the end", "a,b\n1,x\n2,y"],
    ["a byte order mark", "\uFEFFa,b\n1,x\n2,y\n"],
    ["a byte order mark before a quote", '\uFEFF"a",b\n1,x\n2,y\n'],
    ["empty lines", "\n\na,b\n\n1,x\r\n\r\n2,y\n\n\n"],
    ["quotes around everything", '"a","b"\n"1","x"\n"2","y"'],
  ])("%s make no difference", async (_, text) => {
    expect(cellsOf(await readCsv(text))).toEqual(cellsOf(await readCsv(plain)));
  });

  test("any chunking gives the same table, quotes and line ends cut anywhere", async () => {
    const bytes = utf8('\uFEFFname,"si""ze",t\r\n"é, ""q""\r\nz",1.25,\r\n𝒳,-2e3,"w"\r\n');
    const whole = cellsOf(await readCsv(bytes));
    expect(whole[0]).toEqual(["name", "text", ['é, "q"\r\nz', "𝒳"]]);
    for (let size = 1; size <= bytes.length; size++) {
      expect(cellsOf(await readCsv(inChunks(bytes, [size])))).toEqual(whole);
      expect(cellsOf(await readCsv(inChunks(bytes, [size, bytes.length])))).toEqual(whole);
    }
  });

  test("another delimiter", async () => {
    expect(cellsOf(await readCsv("a\tb\n1\tx\n2\ty\n", { delimiter: "\t" }))).toEqual(cellsOf(await readCsv(plain)));
  });

  test("given headers say that the first record is data", async () => {
    const table = await readCsv("1,x\n2,y\n", { headers: ["a", "b"] });
    expect(cellsOf(table)).toEqual(cellsOf(await readCsv(plain)));
    expect(await faults("1,x\n2\n", { headers: ["a", "b"] })).toEqual([["ragged-row", 1, null, "1"]]);
  });

  test("select keeps the named columns in the order asked for, and names what is not there", async () => {
    expect((await readCsv("a,b,c\n1,2,3\n", { select: ["c", "a"] })).names).toEqual(["c", "a"]);
    const error = await rejectionOf(readCsv("a,b\n1,2\n", { select: ["z"] }));
    expect(error).toMatchObject({ code: "missing-column", details: { column: "z", columns: ["a", "b"] } });
  });

  test("names are data, whatever objects make of them", async () => {
    const table = await readCsv("__proto__,constructor,hasOwnProperty\n1,2,x\n");
    expect(table.names).toEqual(["__proto__", "constructor", "hasOwnProperty"]);
    expect(table.numbers("__proto__")).toEqual(Float64Array.of(1));
  });
});

describe("headers", () => {
  test("a name that occurs twice is an error that says how to go on", async () => {
    const error = await rejectionOf(readCsv("X,Y,X\n1,2,3\n"));
    expect(error).toMatchObject({ code: "csv-headers", details: { duplicates: ["X"] } });
    expect(error.message).toContain('"suffix"');
  });

  test('"suffix" numbers the copies, past names that are taken', async () => {
    const table = await readCsv("X,X,X.1,X\n1,2,3,4\n", { headers: "suffix" });
    expect(table.names).toEqual(["X", "X.1", "X.1.1", "X.2"]);
  });

  test.each([
    ["an empty name", "a,,c\n1,2,3\n", {}],
    ["a name of spaces", 'a," ",c\n1,2,3\n', {}],
    ["broken quotes", '"a"x,b\n1,2\n', {}],
    ["a quote that is never closed", '"a,b\n1,2\n', {}],
    ["bytes that are not UTF-8", Uint8Array.of(0x61, 0x96, 0x0a, 0x31), { encoding: "utf-8" }],
    ["a given name that is empty", "1,2\n", { headers: ["a", ""] }],
    ["a given name that occurs twice, even if only one is selected", "1,2\n", { headers: ["a", "a"], select: ["a"] }],
  ])("%s is an error", async (_, source, options) => {
    expect((await rejectionOf(readCsv(source, options as object))).code).toBe("csv-headers");
  });
});

describe("faults", () => {
  test("under the policies missing and drop-row the other cells survive, and every fault is told and counted", async () => {
    const csv = `${Array.from({ length: 200 }, (_, row) => `${row},t${row}`).join("\n")}\nx,late\n7\n8,b,extra\n9,"q"r\n`;
    const read = async (policy: "missing" | "drop-row"): Promise<{ table: Table; issues: CsvIssues }> => {
      let issues: CsvIssues | undefined;
      const table = await readCsv(csv, { headers: ["n", "t"], policy, onIssues: (found) => (issues = found) });
      return { table, issues: issues! };
    };
    const { table: kept, issues } = await read("missing");
    expect(kept.rows).toBe(204);
    expect([200, 201, 202, 203].map((row) => [kept.cell("n", row), kept.cell("t", row)])).toEqual([
      [null, "late"],
      [7, null],
      [8, "b"],
      [9, null],
    ]);
    expect(issues.total).toBe(4);
    expect(issues.counts.map(({ kind, column, count }) => [kind, column, count])).toEqual([
      ["ragged-row", null, 2],
      ["bad-quote", "t", 1],
      ["not-a-number", "n", 1],
    ]);
    expect((await read("drop-row")).table.rows).toBe(200);
  });

  test("ragged rows and broken quotes are reported together, by row", async () => {
    const source = 'a,b\n1,x\n2\n3,"y"z\n4,x,5,6\n5,ok\n6,"open\n';
    expect(await faults(source)).toEqual([
      ["ragged-row", 1, null, "1"],
      ["bad-quote", 2, "b", 'y"z'],
      ["ragged-row", 3, null, "4"],
      ["bad-quote", 5, "b", "open\n"],
    ]);
    const { message } = await rejectionOf(readCsv(source));
    expect(message).toContain("4 faults");
    expect(message).toContain("row 2 has 1 fields where the header has 2");
  });

  test("twenty faults are quoted and all are counted", async () => {
    const error = await rejectionOf(readCsv(`a,b\n${"1\n".repeat(1000)}`));
    expect(error.details["issues"]).toHaveLength(20);
    expect(error.details["total"]).toBe(1000);
    expect(error.message).toContain("and 980 more");
  });

  test.each([
    ["nothing", "", "csv-empty"],
    ["a byte order mark alone", "\uFEFF", "csv-empty"],
    ["empty lines alone", "\r\n\n\r", "csv-empty"],
    ["a header without rows", "a,b\n", "csv-no-rows"],
    ["a header without rows or line end", "a,b", "csv-no-rows"],
  ])("%s is an error of its own", async (_, source, code) => {
    expect((await rejectionOf(readCsv(source))).code).toBe(code);
  });

  test("given headers and no bytes are no table", async () => {
    expect((await rejectionOf(readCsv("", { headers: ["a"] }))).code).toBe("csv-no-rows");
  });

  test("whatever happens to the bytes of a CSV, reading gives a table or an MlsecError", async () => {
    const seed = utf8(
      '\uFEFFid,proto,"by,tes",Label\r\n1,tcp,0.25,"a ""b"""\n2,udp,-1e5,é\r3,,NaN,BENIGN\n4,icmp,inf,x\n',
    );
    const nasty = [0x00, 0x0a, 0x0d, 0x22, 0x2c, 0x2d, 0x2e, 0x30, 0x65, 0x80, 0x96, 0xc3, 0xef, 0xff];
    const random = Random.seeded(7);
    const outcomes = new Map<string, number>();
    for (let round = 0; round < 20_000; round++) {
      let bytes = [...seed];
      for (let change = random.below(4); change >= 0; change--) {
        const at = random.below(Math.max(bytes.length, 1));
        const byte = random.below(3) === 0 ? random.below(256) : nasty[random.below(nasty.length)]!;
        const action = random.below(4);
        if (action === 0) bytes[at] = byte;
        else if (action === 1) bytes.splice(at, 1);
        else if (action === 2) bytes.splice(at, 0, byte);
        else bytes = bytes.slice(0, at + 1);
      }
      const outcome = await readCsv(Uint8Array.from(bytes)).then(
        (table) => (table instanceof Table && table.rows > 0 ? "table" : "no table"),
        (error: unknown) => (error instanceof MlsecError ? error.code : `not ours: ${String(error)}`),
      );
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    expect([...outcomes.keys()].sort()).toEqual(["csv-empty", "csv-headers", "csv-issues", "csv-no-rows", "table"]);
    expect(outcomes.get("table")).toBeGreaterThan(2000);
    expect(outcomes.get("csv-issues")).toBeGreaterThan(2000);
  });
});

describe("sources", () => {
  const text = "a,b\n1,é\n2,y\n";
  const bytes = utf8(text);
  const expected = [
    ["a", "number", [1, 2]],
    ["b", "text", ["é", "y"]],
  ];
  const streamOf = (chunks: readonly unknown[]): ReadableStream<Uint8Array> =>
    new ReadableStream({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(chunk as Uint8Array);
        controller.close();
      },
    });

  test.each([
    ["text", () => text],
    ["bytes", () => bytes],
    ["a view into a larger buffer", () => Uint8Array.from([9, ...bytes, 9]).subarray(1, -1)],
    ["a Blob", () => new Blob([bytes as Uint8Array<ArrayBuffer>])],
    ["a ReadableStream", () => streamOf([bytes.slice(0, 6), bytes.slice(6)])],
    ["an async iterable", () => inChunks(bytes, [3])],
    ["something that opens", () => ({ open: () => inChunks(bytes, [5]) })],
  ])("%s", async (_, source) => {
    expect(cellsOf(await readCsv(source()))).toEqual(expected);
  });

  test("a stream that cannot be walked with for await, as in some browsers", async () => {
    const stream = streamOf([bytes]);
    const bare = { getReader: () => stream.getReader() } as unknown as ReadableStream<Uint8Array>;
    expect(cellsOf(await readCsv(bare))).toEqual(expected);
  });

  test.each([
    ["null", null],
    ["a number", 5],
    ["an array of numbers", [1, 2]],
    ["a stream of strings", streamOf([text])],
  ])("%s is refused by name", async (_, source) => {
    expect((await rejectionOf(readCsv(source as unknown as string))).code).toBe("unreadable-source");
  });

  test("a failing source fails the reading with its own error", async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield bytes;
      throw new RangeError("cable cut");
    }
    await expect(readCsv(failing())).rejects.toThrow("cable cut");
  });
});

describe("stopping and progress", () => {
  test("an aborted signal stops before anything is read", async () => {
    const reason = new Error("user left");
    const error = await rejectionOf(readCsv("a\n1\n", { signal: AbortSignal.abort(reason) }));
    expect(error).toMatchObject({ code: "aborted", cause: reason });
  });

  test("a signal that comes while bytes in memory are read stops them within 100 ms", async () => {
    const bytes = utf8(`a,b,c\n${"0.123456789012345678901,2,text\n".repeat(600_000)}`);
    const controller = new AbortController();
    let abortedAt = 0;
    setTimeout(() => {
      abortedAt = performance.now();
      controller.abort();
    }, 30);
    const error = await rejectionOf(readCsv(bytes, { signal: controller.signal }));
    expect(error.code).toBe("aborted");
    expect(performance.now() - abortedAt).toBeLessThan(100);
  });

  test("a signal stops a stream that never ends, and the stream is told", async () => {
    const controller = new AbortController();
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull(stream) {
        stream.enqueue(utf8("1\n"));
        controller.abort();
      },
      cancel() {
        cancelled = true;
      },
    });
    expect((await rejectionOf(readCsv(endless, { signal: controller.signal }))).code).toBe("aborted");
    expect(cancelled).toBe(true);
  });

  test("progress counts the bytes of each pass, of how many where that is known", async () => {
    const bytes = utf8("a\n1\n2\nx\n");
    const seen: unknown[] = [];
    const onProgress = (...told: unknown[]): unknown => seen.push(told);
    await readCsv(inChunks(bytes, [4]), { onProgress });
    await readCsv(bytes, { types: new Map([["a", "text"]]), onProgress });
    expect(seen).toEqual([
      [4, 1, undefined],
      [8, 1, undefined],
      [4, 2, undefined],
      [8, 2, undefined],
      [8, 1, 8],
    ]);
  });
});
