import { type Column, concatTables, type NumberColumn, nslKdd, Table, textColumn } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kolmogorovSmirnov, totalVariation } from "../src/audit/shift.js";
import {
  type AuditCheck,
  type AuditFinding,
  type AuditOptions,
  auditDataset,
  auditText,
  type DatasetAudit,
} from "../src/index.js";

const numbers = (values: Iterable<number>): NumberColumn => ({ kind: "number", values: Float64Array.from(values) });

/** Traffic with nothing to find: two classes that overlap in every feature. */
function traffic(rows: number, seed: number): Table {
  const random = Random.seeded(seed);
  const isAttack = Array.from({ length: rows }, () => random.float() < 0.4);
  return Table.of([
    ["bytes", numbers(isAttack.map((attack) => Math.floor(random.exponential() * (attack ? 9000 : 4000))))],
    ["rate", numbers(isAttack.map((attack) => random.normal() + (attack ? 1 : 0)))],
    ["count", numbers(isAttack.map(() => random.below(50)))],
    ["protocol", textColumn(isAttack.map((attack) => ["tcp", "udp", attack ? "tcp" : "icmp"][random.below(3)]!))],
    ["class", textColumn(isAttack.map((attack) => (attack ? "attack" : "normal")))],
  ]);
}

const CLEAN = traffic(3000, 1);
const TEST = traffic(2000, 2);
const rowsOf = (table: Table): number[] => Array.from({ length: table.rows }, (_, row) => row);

/** A table with some cells of a numeric column changed. */
function changed(table: Table, name: string, change: (value: number, row: number) => number): Table {
  return table.with(name, numbers(Array.from(table.numbers(name), change)));
}

/** A table with some cells of a text column changed. */
function reworded(table: Table, name: string, change: (text: string, row: number) => string | null): Table {
  return table.with(name, textColumn(table.texts(name).map((text, row) => change(text!, row))));
}

async function findingsOf(table: Table, options: Partial<AuditOptions> = {}): Promise<readonly AuditFinding[]> {
  return (await auditDataset(table, { label: "class", ...options })).findings;
}

describe("a dataset with nothing wrong", () => {
  it("gives no findings, alone and with a test table from the same source", async () => {
    const audit = await auditDataset(CLEAN, { label: "class", test: TEST });
    expect(audit.findings).toEqual([]);
    expect(await findingsOf(CLEAN)).toEqual([]);
    expect(audit).toMatchObject({ rows: 3000, testRows: 2000, columns: 5, label: "class" });
    expect(audit.classes.map((one) => one.class)).toEqual(["normal", "attack"]);
    expect(audit.classes.reduce((sum, { rows }) => sum + rows, 0)).toBe(3000);
    expect(audit.classes.reduce((sum, { testRows }) => sum + testRows!, 0)).toBe(2000);
  });
});

/** What must be found, once, where one thing is wrong. A check that finds less would let the trap through. */
const TRAPS: readonly (readonly [
  what: string,
  table: Table,
  test: Table | undefined,
  expected: Partial<AuditFinding> & { check: AuditCheck },
])[] = [
  [
    "rows there twice",
    CLEAN.take(Int32Array.from([...rowsOf(CLEAN), 7, 7, 9])),
    undefined,
    {
      check: "duplicate-rows",
      severity: "note",
      columns: [],
      evidence: {
        rows: 3,
        share: 3 / 3003,
        examples: [
          [3000, 7],
          [3001, 7],
          [3002, 9],
        ],
        leftOut: [],
      },
    },
  ],
  [
    "many rows there twice",
    concatTables([CLEAN, CLEAN.take(Int32Array.from({ length: 100 }, (_, i) => i))]),
    undefined,
    { check: "duplicate-rows", severity: "warning" },
  ],
  [
    "the same features with another label",
    concatTables([
      CLEAN,
      reworded(CLEAN.take(Int32Array.of(3)), "class", (text) => (text === "normal" ? "attack" : "normal")),
    ]),
    undefined,
    {
      check: "label-conflicts",
      severity: "note",
      evidence: {
        rows: 2,
        share: 2 / 3001,
        examples: [[3000, 3]],
        leftOut: [],
        groups: 1,
        errors: 1,
        classes: [
          { class: "normal", rows: 1 },
          { class: "attack", rows: 1 },
        ],
      },
    },
  ],
  [
    "test rows that are training rows",
    CLEAN,
    concatTables([TEST, CLEAN.take(Int32Array.of(5, 6))]),
    {
      check: "test-rows-in-training",
      severity: "warning",
      evidence: {
        rows: 2,
        share: 2 / 2002,
        examples: [
          [2000, 5],
          [2001, 6],
        ],
        leftOut: [],
        otherLabel: 0,
      },
    },
  ],
  [
    "a test table cut from the training table",
    CLEAN,
    CLEAN.take(Int32Array.from({ length: 500 }, (_, i) => i)),
    { check: "test-rows-in-training", severity: "error" },
  ],
  [
    "an identifier by its name",
    CLEAN.with("Src IP", numbers(rowsOf(CLEAN).map((row) => (row * 7) % 50))),
    undefined,
    {
      check: "identifier",
      severity: "error",
      columns: ["Src IP"],
      evidence: { sign: "name", distinct: 50, present: 3000 },
    },
  ],
  [
    "addresses",
    CLEAN.with(
      "peer",
      textColumn(rowsOf(CLEAN).map((row) => (row % 3 === 0 ? `fe80::${row % 9}` : `10.0.0.${row % 40}`))),
    ),
    undefined,
    { check: "identifier", columns: ["peer"], evidence: { sign: "addresses", distinct: 43, present: 3000 } },
  ],
  [
    "points in time as text",
    CLEAN.with("seen", textColumn(rowsOf(CLEAN).map((row) => `2017-07-0${1 + (row % 7)} 12:59:${10 + (row % 50)}`))),
    undefined,
    { check: "identifier", columns: ["seen"], evidence: { sign: "times", distinct: 350, present: 3000 } },
  ],
  [
    "points in time as numbers",
    CLEAN.with("seen", numbers(rowsOf(CLEAN).map((row) => 1.5e12 + ((row * 77) % 1000)))),
    undefined,
    { check: "identifier", columns: ["seen"], evidence: { sign: "times", distinct: 1000, present: 3000 } },
  ],
  [
    "a row number, shuffled",
    CLEAN.with("position", numbers(Random.seeded(3).shuffle(rowsOf(CLEAN)))),
    undefined,
    { check: "identifier", columns: ["position"], evidence: { sign: "counter", distinct: 3000, present: 3000 } },
  ],
  [
    "numbers that only ascend",
    CLEAN.with("offset", numbers(rowsOf(CLEAN).map((row) => row * row + 0.5))),
    undefined,
    { check: "identifier", columns: ["offset"], evidence: { sign: "counter", distinct: 3000, present: 3000 } },
  ],
  [
    "a text of its own in nearly every row",
    CLEAN.with("flow", textColumn(rowsOf(CLEAN).map((row) => (row === 0 ? null : `f${row}`)))),
    undefined,
    { check: "identifier", columns: ["flow"], evidence: { sign: "unique", distinct: 2999, present: 2999 } },
  ],
  [
    "a column that is the label in other words",
    CLEAN.with("verdict", numbers(CLEAN.texts("class").map((text) => (text === "attack" ? 1 : 0)))),
    undefined,
    {
      check: "shortcut",
      severity: "error",
      columns: ["verdict"],
      evidence: {
        balancedAccuracy: 1,
        mostFrequentClass: "normal",
        classes: [{ class: "attack", balancedAccuracy: 1 }],
      },
    },
  ],
  [
    "a port that nearly decides the label, in intervals",
    CLEAN.with(
      "port",
      numbers(
        CLEAN.texts("class").map((text, row) =>
          text === "attack" ? 21 + (row % 2) : row % 30 === 0 ? 22 : [20, 80, 443][row % 3]!,
        ),
      ),
    ),
    undefined,
    { check: "shortcut", severity: "warning", columns: ["port"] },
  ],
  [
    "a column that gives a class of one row in thirty away",
    reworded(CLEAN, "class", (_, row) => (row % 30 === 0 ? "attack" : "normal")).with(
      "rare",
      numbers(rowsOf(CLEAN).map((row) => (row % 30 === 0 ? 500 : 0) + ((row * 7) % 400))),
    ),
    undefined,
    { check: "shortcut", severity: "error", columns: ["rare"] },
  ],
  [
    "cells that are missing in one class only",
    CLEAN.with("window", numbers(CLEAN.texts("class").map((text, row) => (text === "attack" ? Number.NaN : row % 9)))),
    undefined,
    { check: "shortcut", severity: "error", columns: ["window"] },
  ],
  [
    "a constant column",
    CLEAN.with("flag", numbers(rowsOf(CLEAN).map(() => 0))),
    undefined,
    { check: "constant-column", severity: "warning", columns: ["flag"], evidence: { value: 0 } },
  ],
  [
    "a column that is nearly constant",
    CLEAN.with("flag", textColumn(rowsOf(CLEAN).map((row) => (row === 8 ? "S0" : "SF")))),
    undefined,
    { check: "near-constant-column", severity: "note", columns: ["flag"], evidence: { value: "SF", otherRows: 1 } },
  ],
  [
    "a column there twice",
    CLEAN.with("count.1", CLEAN.column("count")),
    TEST.with("count.1", TEST.column("count")),
    { check: "equal-columns", severity: "warning", columns: ["count", "count.1"], evidence: { rows: 5000 } },
  ],
  [
    "a text column there twice, with another dictionary and missing cells",
    reworded(CLEAN, "protocol", (text, row) => (row % 9 === 0 ? null : text)).with("proto", {
      kind: "text",
      dictionary: ["none", "udp", "icmp", "tcp"],
      codes: Int32Array.from(CLEAN.texts("protocol"), (text, row) =>
        row % 9 === 0 ? -1 : ["none", "udp", "icmp", "tcp"].indexOf(text!),
      ),
    }),
    undefined,
    { check: "equal-columns", columns: ["protocol", "proto"] },
  ],
  [
    "missing cells",
    changed(CLEAN, "rate", (value, row) => (row < 30 ? Number.NaN : value)),
    TEST,
    {
      check: "missing-cells",
      severity: "warning",
      columns: ["rate"],
      evidence: { rows: 30, share: 0.01, testRows: 0 },
    },
  ],
  [
    "infinite cells, those of the test table counted apart",
    changed(CLEAN, "rate", (value, row) =>
      row < 2 ? Number.POSITIVE_INFINITY : row < 3 ? Number.NEGATIVE_INFINITY : value,
    ),
    changed(TEST, "rate", (value, row) => (row < 5 ? Number.POSITIVE_INFINITY : value)),
    {
      check: "infinite-cells",
      severity: "warning",
      columns: ["rate"],
      evidence: { rows: 3, share: 0.001, testRows: 5 },
    },
  ],
  [
    "few negative cells among others",
    changed(CLEAN, "count", (value, row) => (row < 3 ? -1 - row : value)),
    undefined,
    {
      check: "few-negatives",
      severity: "note",
      columns: ["count"],
      evidence: { rows: 3, share: 0.001, testRows: null, least: -3 },
    },
  ],
  [
    "rows without a label",
    reworded(CLEAN, "class", (text, row) => (row < 3 ? null : text)),
    undefined,
    {
      check: "missing-labels",
      severity: "error",
      columns: ["class"],
      evidence: { rows: 3, share: 0.001, testRows: null },
    },
  ],
  [
    "one class",
    reworded(CLEAN, "class", () => "normal"),
    undefined,
    { check: "single-class", severity: "error", evidence: { class: "normal", rows: 3000 } },
  ],
  [
    "a class of few rows",
    reworded(CLEAN, "class", (text, row) => (row < 40 ? "worm" : text)),
    undefined,
    { check: "rare-classes", severity: "warning", evidence: { total: 1, classes: [{ class: "worm", rows: 40 }] } },
  ],
  [
    "a class with a hundredth of the rows of another",
    reworded(concatTables([CLEAN, traffic(20_000, 4)]), "class", (text, row) => (row < 110 ? "worm" : text)),
    undefined,
    { check: "class-imbalance", severity: "warning" },
  ],
  [
    "a class that training has not",
    CLEAN,
    reworded(TEST, "class", (text, row) => (row < 20 ? "worm" : text)),
    {
      check: "new-classes",
      severity: "warning",
      evidence: { rows: 20, share: 0.01, classes: [{ class: "worm", rows: 20 }] },
    },
  ],
  [
    "a class that is not tested",
    reworded(CLEAN, "class", (text, row) => (row < 150 ? "worm" : text)),
    TEST,
    { check: "untested-classes", severity: "warning", evidence: { classes: [{ class: "worm", rows: 150 }] } },
  ],
  [
    "a category that training has not",
    CLEAN,
    reworded(TEST, "protocol", (text, row) => (row < 20 ? "sctp" : text)),
    {
      check: "new-categories",
      severity: "warning",
      columns: ["protocol"],
      evidence: { rows: 20, share: 0.01, total: 1, categories: [{ category: "sctp", rows: 20 }] },
    },
  ],
  [
    "numbers that are larger in the test table",
    CLEAN,
    changed(TEST, "count", (value) => value + 10),
    { check: "shift", severity: "note", columns: ["count"] },
  ],
  [
    "other shares of categories",
    CLEAN,
    reworded(TEST, "protocol", () => "tcp"),
    { check: "shift", severity: "warning", columns: ["protocol"] },
  ],
  [
    "numbers in one table and text in the other",
    CLEAN,
    TEST.with("count", textColumn(TEST.texts("count"))),
    {
      check: "column-type",
      severity: "error",
      columns: ["count"],
      evidence: { training: "number", test: "text" },
    },
  ],
];

describe("a dataset with one thing wrong", () => {
  it.each(TRAPS)("is found out: %s", async (_what, table, test, expected) => {
    const found = await findingsOf(table, { test });
    // Where missing cells are part of the trap, they are found, too.
    const findings = found.filter(({ check }) => check === expected.check || check !== "missing-cells");
    expect(findings.map(({ check }) => check)).toEqual([expected.check]);
    expect(findings[0]).toMatchObject(expected);
    expect(findings[0]!.evidence).toEqual(expected.evidence ?? expect.anything());
    expect(findings[0]!.message).toMatch(/^[A-Z0-9"].*[.?]$/);
  });
});

describe("what an audit makes of several things together", () => {
  const dirty = changed(CLEAN, "count", (value, row) => (row < 3 ? Number.NaN : value))
    .with("Flow ID", textColumn(rowsOf(CLEAN).map((row) => `f${row}`)))
    .take(Int32Array.from([...rowsOf(CLEAN), 1, 2]));

  it("compares rows without identifiers, and takes missing cells for equal", async () => {
    const numbered = dirty.with("Flow ID", textColumn(rowsOf(dirty).map((row) => `f${row}`)));
    const findings = await findingsOf(numbered);
    expect(findings.map(({ check, severity }) => [check, severity])).toEqual([
      ["identifier", "error"],
      ["missing-cells", "warning"],
      ["duplicate-rows", "note"],
    ]);
    expect(findings[2]!.evidence).toMatchObject({ rows: 2, leftOut: ["Flow ID"] });
  });

  it("is the same for a seed, and plain JSON", async () => {
    const options = { label: " class ", test: TEST.with("Flow ID", textColumn(rowsOf(TEST).map(String))), seed: 7 };
    const audit = await auditDataset(dirty, options);
    expect(await auditDataset(dirty, options)).toEqual(audit);
    expect(JSON.parse(JSON.stringify(audit))).toEqual(audit);
    expect(audit.label).toBe("class");
  });

  it("gives class shares that changed, those that changed most first", async () => {
    const [one] = await findingsOf(CLEAN, {
      test: reworded(TEST, "class", (text, row) => (row % 3 > 0 ? "attack" : text)),
    });
    expect(one).toMatchObject({ check: "class-shares", columns: ["class"] });
    const { classes, totalVariation: distance } = one!.evidence as { classes: any[]; totalVariation: number };
    expect(classes).toHaveLength(2);
    expect(distance).toBeCloseTo(Math.abs(classes[0].training - classes[0].test), 12);
  });

  it("counts duplicates and conflicts as a search through all pairs does", async () => {
    const cell = fc.constantFrom(0, 1, Number.NaN);
    const record = fc.record({ a: cell, b: fc.constantFrom("x", null), class: fc.constantFrom("p", "q", "r", null) });
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 30 }), async (records) => {
        const findings = await findingsOf(Table.fromRecords(records, ["a", "b", "class"]));
        const rowsBy = (check: AuditCheck): number =>
          (findings.find((one) => one.check === check)?.evidence as { rows: number } | undefined)?.rows ?? 0;
        const same = (i: number, j: number): boolean =>
          Object.is(records[i]!.a, records[j]!.a) && records[i]!.b === records[j]!.b;
        const label = (i: number): string | null => records[i]!.class;
        const rows = [...records.keys()];
        expect(rowsBy("duplicate-rows")).toBe(
          rows.filter((i) => rows.some((j) => j < i && same(i, j) && label(i) === label(j))).length,
        );
        expect(rowsBy("label-conflicts")).toBe(
          rows.filter((i) => label(i) && rows.some((j) => label(j) && same(i, j) && label(i) !== label(j))).length,
        );
      }),
    );
  });

  it("does not take columns for equal that differ in one cell only", async () => {
    const rows = 20_000;
    const large = traffic(rows, 5);
    const differing = await Promise.all(
      [1, 4097, rows - 1].map((place) =>
        findingsOf(
          large.with("copy", numbers(large.numbers("count").map((value, row) => (row === place ? 60 : value)))),
        ),
      ),
    );
    expect(differing).toEqual([[], [], []]);
  });

  it("knows what NSL-KDD derives from its label, and does not take the name for it elsewhere", async () => {
    const level = Random.seeded(4);
    const leveled = CLEAN.with("level", numbers(rowsOf(CLEAN).map(() => level.below(22))));
    expect(await findingsOf(leveled)).toEqual([]);
    const named = nslKdd.features.map((name, i): [string, Column] => [
      name,
      CLEAN.column(["bytes", "rate", "count"][i % 3]!),
    ]);
    const findings = await findingsOf(
      Table.of([...named, ["level", leveled.column("level")], ["class", CLEAN.column("class")]]),
    );
    expect(findings[0]).toMatchObject({ check: "label-derived", severity: "error", columns: ["level"] });
  });
});

describe("tables with next to nothing in them", () => {
  it("are no reason to fail", async () => {
    const empty = CLEAN.take(new Int32Array(0));
    expect((await findingsOf(empty, { test: TEST })).map(({ check }) => check)).toEqual(["no-rows"]);
    const one = await auditDataset(CLEAN.take(Int32Array.of(0)), { label: "class", test: empty });
    expect(one.findings.map(({ check }) => check)).toEqual(["single-class", "untested-classes"]);
    const labelOnly = await findingsOf(CLEAN.select(["class"]));
    expect(labelOnly).toEqual([]);
    const nothing = Table.of([
      ["a", numbers([Number.NaN, Number.NaN])],
      ["class", textColumn([null, null])],
    ]);
    const checks = (await findingsOf(nothing, { test: nothing })).map(({ check }) => check);
    expect(checks).toEqual([
      "test-rows-in-training",
      "missing-labels",
      "duplicate-rows",
      "constant-column",
      "missing-cells",
    ]);
  });
});

describe("what cannot be audited", () => {
  it("is an error with a code", async () => {
    await expect(auditDataset(CLEAN, { label: "Label" })).rejects.toMatchObject({ code: "missing-column" });
    const test = Table.of([...TEST.drop(["rate"]), ["Rate ", TEST.column("rate")]]);
    await expect(auditDataset(CLEAN, { label: "class", test })).rejects.toMatchObject({
      code: "column-mismatch",
      message: expect.stringContaining("expected 'rate', found 'Rate '"),
    });
    await expect(auditDataset(CLEAN, { label: "class", test: TEST.drop(["class"]) })).rejects.toMatchObject({
      code: "column-mismatch",
      details: { missing: ["class"] },
    });
    await expect(auditDataset(CLEAN, { label: "class", seed: -1 })).rejects.toMatchObject({ code: "invalid-seed" });
    await expect(auditDataset(CLEAN, { label: "class", signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "aborted",
    });
  });

  it("can be stopped between columns, and tells how far it is", async () => {
    const stop = new AbortController();
    const wide = Table.of([
      ...Array.from({ length: 200 }, (_, i): [string, Column] => [`c${i}`, CLEAN.column("rate")]),
      ["class", CLEAN.column("class")],
    ]);
    const seen: number[] = [];
    const audit = auditDataset(wide, {
      label: "class",
      signal: stop.signal,
      onProgress: ({ done, total }) => {
        expect(total).toBe(200);
        seen.push(done);
        if (done === 3) stop.abort();
      },
    });
    await expect(audit).rejects.toMatchObject({ code: "aborted" });
    expect(seen.length).toBeLessThan(200);
    expect(seen.slice(0, 3)).toEqual([1, 2, 3]);
  });
});

describe("distances of distributions", () => {
  it("are what their definitions say", () => {
    const sample = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(sample, sample, (a, b) => {
        const upTo = (values: number[], x: number): number =>
          values.filter((value) => value <= x).length / values.length;
        const counts = (values: number[]): Int32Array =>
          Int32Array.from({ length: 10 }, (_, x) => values.filter((value) => value === x).length);
        const xs = [...Array(10).keys()];
        expect(kolmogorovSmirnov(Float64Array.from(a).sort(), Float64Array.from(b).sort())).toBeCloseTo(
          Math.max(...xs.map((x) => Math.abs(upTo(a, x) - upTo(b, x)))),
          12,
        );
        const [p, q] = [counts(a), counts(b)];
        expect(totalVariation(p, q).distance).toBeCloseTo(
          xs.reduce((sum, x) => sum + Math.abs(p[x]! / a.length - q[x]! / b.length) / 2, 0),
          12,
        );
      }),
    );
  });

  it("of samples from one source are seldom called a shift, however few rows or many categories there are", async () => {
    let called = 0;
    for (let seed = 0; seed < 100; seed++) {
      const random = Random.seeded(seed);
      const table = (rows: number): Table =>
        Table.of([
          ["n", numbers(Array.from({ length: rows }, () => random.normal()))],
          ["t", textColumn(Array.from({ length: rows }, () => `s${random.below(40)}`))],
          ["class", textColumn(Array.from({ length: rows }, () => (random.float() < 0.5 ? "a" : "b")))],
        ]);
      const findings = await findingsOf(table(150), { test: table(60) });
      called += findings.filter(({ check }) => check === "shift" || check === "class-shares").length;
    }
    expect(called).toBeLessThanOrEqual(2);
  });
});

describe("auditText", () => {
  it("is for a terminal: what was looked at, a line a finding, how many of each severity", async () => {
    const audit: DatasetAudit = await auditDataset(
      changed(CLEAN, "rate", (value, row) => (row === 0 ? Number.NaN : value)).with("id", CLEAN.column("count")),
      { label: "class" },
    );
    const [normal, attack] = audit.classes;
    expect(auditText(audit)).toBe(
      [
        "3000 rows, 6 columns.",
        `Classes of "class": "normal" ${normal!.rows}, "attack" ${attack!.rows}.`,
        "",
        'ERROR    Column "id" is an identifier by its name: a model that sees it learns the recording, not the attack.',
        'warning  Column "rate" has 1 missing cell (0.03 %).',
        'warning  Columns "count", "id" are the same in every row: one of them is enough.',
        "",
        "1 error, 2 warnings, 0 notes.",
        "",
      ].join("\n"),
    );
    expect(auditText(await auditDataset(CLEAN, { label: "class", test: TEST }))).toMatch(
      /^3000 rows to train and 2000 to test, 5 columns\.\nClasses of "class": "normal" \d+ \/ \d+, .*\.\n\n0 errors, 0 warnings, 0 notes\.\n$/,
    );
  });
});
