import {
  type FeatureMatrix,
  type Json,
  MlsecError,
  Preprocessor,
  type StepSpec,
  Table,
  textColumn,
  transformReport,
} from "@mlsec/preprocess";
import { log1p, Random } from "@mlsec/preprocess/numeric";
import { describe, expect, test } from "vitest";
import { errorOf, numbers } from "../support.js";

const training = Table.of([
  ["bytes", numbers(0, 10, 100, 1000, 10, 20)],
  ["proto", textColumn(["tcp", "udp", "tcp", "icmp", "tcp", "udp"])],
  ["rate", numbers(0.5, 0.25, 1, 0, 0.75, 0.5)],
]);

const everyStep: readonly StepSpec[] = [
  { step: "keepColumns", columns: ["rate", "proto", "bytes"] },
  { step: "log1p", columns: ["bytes"] },
  { step: "robustScale", columns: ["rate"] },
  { step: "minMaxScale", columns: ["rate"] },
  { step: "standardScale" },
  { step: "clip", min: -3, max: 3 },
  { step: "oneHotEncode", minCount: 2 },
];

/** The columns of a matrix by name. */
function columnsOf(matrix: FeatureMatrix): Record<string, number[]> {
  return Object.fromEntries(matrix.features.map((name, index) => [name, [...matrix.columns[index]!]]));
}

function oneColumn(name: string, cells: readonly (string | null)[]): Table {
  return Table.of([[name, textColumn(cells)]]);
}

describe("steps", () => {
  const run = (...specs: StepSpec[]): Record<string, number[]> =>
    columnsOf(Preprocessor.fit(training, specs).transform(training));

  test("keepColumns selects and orders; where it comes first, other columns are not even read", () => {
    const fitted = Preprocessor.fit(training, [{ step: "keepColumns", columns: ["rate", "bytes"] }]);
    expect(fitted.features).toEqual(["rate", "bytes"]);
    expect(fitted.inputs.map(({ name }) => name)).toEqual(["rate", "bytes"]);
    const later = Preprocessor.fit(training, [{ step: "ordinalEncode" }, { step: "keepColumns", columns: ["rate"] }]);
    expect(later.features).toEqual(["rate"]);
    expect(later.inputs).toHaveLength(3);
  });

  test("ordinalEncode gives codes in code-point order", () => {
    expect(run({ step: "ordinalEncode" })["proto"]).toEqual([1, 2, 1, 0, 1, 2]);
  });

  test("oneHotEncode gives a column a category, in its place, named after both", () => {
    const fitted = Preprocessor.fit(training, [{ step: "oneHotEncode" }]);
    expect(fitted.features).toEqual(["bytes", "proto=icmp", "proto=tcp", "proto=udp", "rate"]);
    expect(fitted.sources).toEqual(["bytes", "proto", "proto", "proto", "rate"]);
    expect(columnsOf(fitted.transform(training))["proto=tcp"]).toEqual([1, 0, 1, 0, 1, 0]);
  });

  test("oneHotEncode puts rare categories into one column", () => {
    const columns = run({ step: "oneHotEncode", minCount: 2 });
    expect(Object.keys(columns)).toEqual(["bytes", "proto=tcp", "proto=udp", "proto=<other>", "rate"]);
    expect(columns["proto=<other>"]).toEqual([0, 0, 0, 1, 0, 0]);
  });

  test("log1p keeps the sign", () => {
    const table = Table.of([["x", numbers(-10, -0, 0, 10)]]);
    const fitted = Preprocessor.fit(table, [{ step: "log1p", columns: ["x"] }]);
    expect([...fitted.transform(table).columns[0]!]).toEqual([-log1p(10), -0, 0, log1p(10)]);
  });

  test("clip bounds all numeric columns, or the named ones", () => {
    const encoded: StepSpec = { step: "ordinalEncode" };
    expect(run(encoded, { step: "clip", min: 0.5, max: 20 })).toMatchObject({
      bytes: [0.5, 10, 20, 20, 10, 20],
      rate: [0.5, 0.5, 1, 0.5, 0.75, 0.5],
    });
    expect(run(encoded, { step: "clip", columns: ["rate"], min: 0, max: 0.5 })).toMatchObject({
      bytes: [0, 10, 100, 1000, 10, 20],
      rate: [0.5, 0.25, 0.5, 0, 0.5, 0.5],
    });
  });

  test("scalers learn from the training rows alone, and from what the steps before made of them", () => {
    const fitted = Preprocessor.fit(training, [
      { step: "keepColumns", columns: ["bytes"] },
      { step: "clip", min: 0, max: 100 },
      { step: "minMaxScale" },
    ]);
    expect(columnsOf(fitted.transform(training))["bytes"]).toEqual([0, 0.1, 1, 1, 0.1, 0.2]);
    expect([...fitted.transform(Table.of([["bytes", numbers(50, 500)]])).columns[0]!]).toEqual([0.5, 1]);
  });

  test("are listed by name", () => {
    expect(Preprocessor.fit(training, everyStep).stepNames).toEqual(everyStep.map(({ step }) => step));
  });
});

describe("categories that training did not see, and missing ones", () => {
  const train = oneColumn("c", ["b", "a", "b"]);
  const scored = oneColumn("c", ["b", "x", null, "y", "x"]);

  test("get an ordinal code of their own, one past the last", () => {
    const fitted = Preprocessor.fit(train, [{ step: "ordinalEncode" }]);
    expect([...fitted.transform(scored).columns[0]!]).toEqual([1, 2, 2, 2, 2]);
  });

  test("share the column of rare categories where there is one, and are zero everywhere where there is none", () => {
    const rare = Preprocessor.fit(train, [{ step: "oneHotEncode", minCount: 2 }]);
    expect(columnsOf(rare.transform(scored))).toEqual({ "c=b": [1, 0, 0, 0, 0], "c=<other>": [0, 1, 1, 1, 1] });
    const none = Preprocessor.fit(train, [{ step: "oneHotEncode" }]);
    expect(columnsOf(none.transform(scored))).toEqual({ "c=a": [0, 0, 0, 0, 0], "c=b": [1, 0, 0, 0, 0] });
  });

  test("missing in training make the shared column, too", () => {
    const fitted = Preprocessor.fit(oneColumn("c", ["a", null]), [{ step: "oneHotEncode" }]);
    expect(fitted.features).toEqual(["c=a", "c=<other>"]);
  });

  test("are reported by column with their number of rows", () => {
    const report = transformReport();
    Preprocessor.fit(train, [{ step: "ordinalEncode" }]).transform(scored, report);
    expect(report).toEqual({
      unseen: new Map([
        [
          "c",
          new Map([
            ["x", 2],
            ["y", 1],
          ]),
        ],
      ]),
      missing: new Map([["c", 1]]),
    });
  });

  test("do not include a category that training knew only from rows that were dropped", () => {
    const fitted = Preprocessor.fit(train.take(Int32Array.of(0)), [{ step: "ordinalEncode" }]);
    expect(fitted.inputs).toEqual([{ name: "c", type: "text", categories: ["b"] }]);
  });

  test("numbers where training had text are taken as their texts, in time that grows with the rows alone", () => {
    const fitted = Preprocessor.fit(oneColumn("port", ["80", "443", "http"]), [{ step: "ordinalEncode" }]);
    const report = transformReport();
    const matrix = fitted.transform(Table.of([["port", numbers(443, 80, Number.NaN, 0.5)]]), report);
    expect([...matrix.columns[0]!]).toEqual([0, 1, 3, 3]);
    expect(report.unseen.get("port")).toEqual(new Map([["0.5", 1]]));
    const many = Table.of([["port", { kind: "number", values: Float64Array.from({ length: 200_000 }, (_, i) => i) }]]);
    const started = performance.now();
    fitted.transform(many);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe("input that does not fit", () => {
  const fitted = Preprocessor.fit(
    Table.of([
      [" Flow Duration", numbers(1, 2)],
      ["Dst Port", numbers(1, 2)],
      ["proto", textColumn(["a", "b"])],
    ]),
    [{ step: "ordinalEncode" }],
  );

  test("missing columns are listed together, each with the nearest there is", () => {
    const error = errorOf(() =>
      fitted.transform(
        Table.of([
          ["Flow Duration", numbers(1)],
          ["proto", numbers(1)],
        ]),
      ),
    );
    expect(error).toMatchObject({ code: "missing-feature", details: { missing: [" Flow Duration", "Dst Port"] } });
    expect(error.message).toContain("2 of the 3 columns");
    expect(error.message).toContain("expected ' Flow Duration', found 'Flow Duration': same but for a leading space");
    expect(error.message).toContain("expected 'Dst Port', found nothing like it");
  });

  test("other columns, whatever they hold, and any order of columns do not matter", () => {
    const scored = Table.of([
      ["extra", numbers(Number.NaN)],
      ["proto", textColumn(["b"])],
      ["Dst Port", numbers(5)],
      [" Flow Duration", numbers(6)],
    ]);
    expect(columnsOf(fitted.transform(scored))).toEqual({ " Flow Duration": [6], "Dst Port": [5], proto: [1] });
  });

  test("missing and infinite cells are all counted, the first named", () => {
    const error = errorOf(() =>
      fitted.transform(
        Table.of([
          [" Flow Duration", numbers(1, Number.NaN, Infinity)],
          ["Dst Port", numbers(-Infinity, 1, 1)],
          ["proto", textColumn(["a", "b", null])],
        ]),
      ),
    );
    expect(error).toMatchObject({
      code: "not-finite",
      details: {
        total: 3,
        cells: [
          { row: 1, column: " Flow Duration", value: "missing" },
          { row: 2, column: " Flow Duration", value: "Infinity" },
          { row: 0, column: "Dst Port", value: "-Infinity" },
        ],
      },
    });
    expect(error.message).toContain('row 2, column " Flow Duration": missing');
  });

  test("text where numbers are needed is named, all columns of it together", () => {
    const words = textColumn(["high"]);
    const error = errorOf(() =>
      fitted.transform(
        Table.of([
          [" Flow Duration", words],
          ["Dst Port", words],
          ["proto", words],
        ]),
      ),
    );
    expect(error).toMatchObject({
      code: "wrong-type",
      details: {
        columns: [
          { name: " Flow Duration", examples: ["high"] },
          { name: "Dst Port", examples: ["high"] },
        ],
      },
    });
  });

  test("the same rules hold while fitting", () => {
    const holes = Table.of([["a", numbers(1, Number.NaN)]]);
    expect(errorOf(() => Preprocessor.fit(holes, [])).code).toBe("not-finite");
    const ids = oneColumn(
      "id",
      Array.from({ length: 10_001 }, (_, i) => `id ${i}`),
    );
    expect(errorOf(() => Preprocessor.fit(ids, [{ step: "ordinalEncode" }]))).toMatchObject({
      code: "too-many-categories",
      details: { column: "id", got: 10_001 },
    });
  });
});

test.each<[string, StepSpec[], string]>([
  ["text left at the end", [], "not-numeric"],
  ["a column that is not there", [{ step: "keepColumns", columns: ["byte"] }], "missing-column"],
  [
    "a column that an earlier step removed",
    [{ step: "oneHotEncode" }, { step: "clip", columns: ["proto"], min: 0, max: 1 }],
    "missing-column",
  ],
  ["a logarithm of text", [{ step: "log1p", columns: ["proto"] }], "wrong-type"],
  ["an encoding of numbers", [{ step: "ordinalEncode", columns: ["rate"] }], "wrong-type"],
  ["an encoding twice", [{ step: "ordinalEncode" }, { step: "oneHotEncode", columns: ["proto"] }], "wrong-type"],
  [
    "a column kept twice",
    [{ step: "ordinalEncode" }, { step: "keepColumns", columns: ["rate", "rate"] }],
    "duplicate-column",
  ],
  ["bounds the wrong way round", [{ step: "ordinalEncode" }, { step: "clip", min: 1, max: 0 }], "invalid-option"],
  [
    "a bound that JSON cannot hold",
    [{ step: "ordinalEncode" }, { step: "clip", min: 0, max: Infinity }],
    "invalid-option",
  ],
  [
    "a bound that is no number",
    [{ step: "ordinalEncode" }, { step: "clip", min: Number.NaN, max: 1 }],
    "invalid-option",
  ],
  ["a count of nothing", [{ step: "oneHotEncode", minCount: 0 }], "invalid-option"],
  ["a count that is no number", [{ step: "oneHotEncode", minCount: Number.NaN }], "invalid-option"],
  ["a step that does not exist", [{ step: "normalize" } as unknown as StepSpec], "invalid-option"],
  ["a step named like a method", [{ step: "toString" } as unknown as StepSpec], "invalid-option"],
])("%s is refused", (_, specs, code) => {
  expect(errorOf(() => Preprocessor.fit(training, specs)).code).toBe(code);
});

describe("state", () => {
  const fitted = Preprocessor.fit(training, everyStep);
  const plain = (): Json => JSON.parse(JSON.stringify(fitted.toJSON())) as Json;

  /** Many rows of the training table's shape, −0, extremes and unseen categories among them. */
  const random = Random.seeded(11);
  const draw = (): number => [0, -0, 1e300, -1e-300, random.normal() * 1e4][random.below(5)]!;
  const scored = Table.of([
    ["bytes", numbers(...Array.from({ length: 500 }, draw))],
    ["proto", textColumn(Array.from({ length: 500 }, () => ["tcp", "udp", "icmp", "sctp", null][random.below(5)]!))],
    ["rate", numbers(...Array.from({ length: 500 }, draw))],
  ]);

  test("through JSON text and back makes matrices of the same bits, by the same names", () => {
    const specs: (readonly StepSpec[])[] = [
      everyStep,
      [{ step: "ordinalEncode" }, { step: "minMaxScale" }],
      [{ step: "ordinalEncode" }, { step: "robustScale" }, { step: "clip", min: -0, max: 1 }],
    ];
    for (const steps of specs) {
      const before = Preprocessor.fit(training, steps);
      const after = Preprocessor.fromJSON(JSON.parse(JSON.stringify(before.toJSON())) as Json);
      expect(after.transform(scored)).toStrictEqual(before.transform(scored));
      expect(after.sources).toEqual(before.sources);
      expect(after.inputs).toEqual(before.inputs);
      expect(after.toJSON()).toEqual(before.toJSON());
      expect(Preprocessor.fromState(before.toState()).transform(scored)).toStrictEqual(before.transform(scored));
    }
  });

  test("a fit on zeros of both signs does not depend on the way through JSON", () => {
    const zeros = Table.of([
      ["x", numbers(-0, -0, 0)],
      ["y", numbers(0, -0, 1)],
    ]);
    for (const step of ["standardScale", "robustScale", "minMaxScale"] as const) {
      const before = Preprocessor.fit(zeros, [{ step }]);
      const after = Preprocessor.fromJSON(JSON.parse(JSON.stringify(before.toJSON())) as Json);
      expect(after.transform(zeros)).toStrictEqual(before.transform(zeros));
    }
  });

  const bad = [null, true, -1, 0, 1e300, 0.5, "", "x", "__proto__", [], [null], ["x", "x"], {}, { name: "x" }];

  test("any one field replaced or removed gives an MlsecError or a preprocessor that works", () => {
    const outcomes = { refused: 0, works: 0 };
    for (const path of pathsOf(plain())) {
      for (const replacement of [...bad, undefined]) {
        const json = plain();
        replace(json, path, replacement);
        try {
          const hostile = Preprocessor.fromJSON(json);
          const rows = hostile.transform(scoredLike(hostile)).columns.map((column) => column.length);
          expect(new Set([...rows, 3]).size, path.join(".")).toBe(1);
          outcomes.works++;
        } catch (error) {
          if (!(error instanceof MlsecError))
            throw new Error(`${path.join(".")} = ${JSON.stringify(replacement)}`, { cause: error });
          outcomes.refused++;
        }
      }
    }
    expect(outcomes.refused).toBeGreaterThan(500);
    expect(outcomes.works).toBeGreaterThan(20);
  });

  test("a small state that makes columns without end is refused before it makes them", () => {
    const names = Array.from({ length: 100 }, (_, i) => `c${i}`);
    const categories = Array.from({ length: 1000 }, (_, i) => `v${i}`);
    const inputs = names.map((name) => ({ name, type: "text", categories: [] }));
    const columns = names.map((name) => ({ name, categories, rare: [], other: false }));
    const oneHot = { step: "oneHotEncode", encoder: { unknown: "ignore", missing: "ignore", columns } };
    const codeOf = (json: Json): string => errorOf(() => Preprocessor.fromJSON(json)).code;
    expect(codeOf({ inputs, steps: [oneHot] })).toBe("too-many-columns");
    const part = { columns: ["c0"], steps: [{ ...oneHot, encoder: { ...oneHot.encoder, columns: [columns[0]!] } }] };
    const parts = names.map((name) => ({ name, ...part }));
    expect(codeOf({ inputs, steps: [{ step: "union", parts }] })).toBe("too-many-columns");
    expect(codeOf({ inputs, steps: [{ step: "keepColumns", columns: ["c0", "c0"] }] })).toBe("duplicate-column");
    const keep = { step: "keepColumns", columns: names };
    expect(codeOf({ inputs, steps: Array.from({ length: 101 }, () => keep) })).toBe("invalid-state");
    expect(codeOf({ inputs: [{ name: "x".repeat(513), type: "number" }], steps: [] })).toBe("invalid-state");
    expect(
      codeOf({ inputs: Array.from({ length: 16_385 }, (_, i) => ({ name: `${i}`, type: "number" })), steps: [] }),
    ).toBe("too-many-columns");
  });

  test("as many columns as there may be load in a time that grows as their number", () => {
    const inputs = Array.from({ length: 16_384 }, (_, i) => ({ name: `column ${i}`, type: "number" }));
    const columns = inputs.map(({ name }) => name);
    const started = performance.now();
    const steps = [
      { step: "keepColumns", columns },
      { step: "clip", columns, min: 0, max: 1 },
      { step: "log1p", scaler: { features: columns } },
    ];
    expect(Preprocessor.fromJSON({ inputs, steps }).features).toHaveLength(16_384);
    // Column by column it took a minute; this is no measurement.
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test.each([undefined, null, 1, "x", [], {}])("%j is no state", (json) => {
    expect(errorOf(() => Preprocessor.fromState(json)).code).toBe("invalid-state");
  });

  test("steps that do not fit each other are refused when loaded, not when first used", () => {
    const refit = (steps: readonly StepSpec[], change: (json: Record<string, Json[]>) => void): string => {
      const json = JSON.parse(JSON.stringify(Preprocessor.fit(training, steps).toJSON())) as Record<string, Json[]>;
      change(json);
      return errorOf(() => Preprocessor.fromJSON(json)).code;
    };
    const steps: readonly StepSpec[] = [{ step: "ordinalEncode" }, { step: "standardScale" }];
    expect(refit(steps, (json) => json["steps"]!.reverse())).toBe("wrong-type");
    expect(refit(steps, (json) => json["inputs"]!.pop())).toBe("missing-column");
    expect(refit(steps, (json) => json["steps"]!.shift())).toBe("wrong-type");
    expect(refit(steps, (json) => json["inputs"]!.push(json["inputs"]![0]!))).toBe("duplicate-column");
  });
});

/** Three rows of finite numbers and unseen texts in the columns that a preprocessor reads. */
function scoredLike({ inputs }: Preprocessor): Table {
  return Table.of(
    inputs.map(({ name, type }) => [name, type === "number" ? numbers(0, 1, -2) : textColumn(["tcp", "x", null])]),
  );
}

/** The path of every value inside a JSON document. */
function pathsOf(json: Json, path: readonly string[] = []): string[][] {
  if (json === null || typeof json !== "object") return [[...path]];
  return [
    ...(path.length === 0 ? [] : [[...path]]),
    ...Object.entries(json as Record<string, Json>).flatMap(([key, value]) => pathsOf(value, [...path, key])),
  ];
}

/** Puts another value at a path, in place; undefined removes what is there. */
function replace(json: Json, path: readonly string[], value: unknown): void {
  const parent = path
    .slice(0, -1)
    .reduce((at, key) => at[key] as Record<string, unknown>, json as Record<string, unknown>);
  const key = path[path.length - 1]!;
  if (value !== undefined) parent[key] = value;
  else if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
}

describe("Preprocessor.union", () => {
  const table = Table.of([
    ["bytes", numbers(1, 2, 3, 4)],
    ["proto", textColumn(["tcp", "udp", "tcp", "udp"])],
  ]);
  const scaled = Preprocessor.fit(table.select(["bytes"]), [{ step: "minMaxScale" }]);
  const first = Preprocessor.fit(table.take(Int32Array.of(0, 2)), [{ step: "oneHotEncode" }]);
  const second = Preprocessor.fit(table, [{ step: "ordinalEncode" }]);
  const all = Preprocessor.union(
    new Map([
      ["scaled", scaled],
      ["fold 1", first],
      ["fold 2", second],
    ]),
  );

  test("puts the columns of its parts side by side, as each makes them", () => {
    expect(all.inputs).toEqual([
      { name: "bytes", type: "number" },
      { name: "proto", type: "text", categories: ["tcp", "udp"] },
    ]);
    expect(all.features).toEqual([
      "scaled: bytes",
      "fold 1: bytes",
      "fold 1: proto=tcp",
      "fold 2: bytes",
      "fold 2: proto",
    ]);
    expect(all.sources).toEqual(["bytes", "bytes", "proto", "bytes", "proto"]);
    const parts = [scaled, first, second].flatMap((part) => part.transform(table).columns);
    expect(all.transform(table).columns).toEqual(parts);
    expect(Preprocessor.fromJSON(all.toJSON()).toJSON()).toEqual(all.toJSON());
  });

  test("counts as unseen what none of its parts has seen", () => {
    const report = transformReport();
    all.transform(
      Table.of([
        ["bytes", numbers(1, 1)],
        ["proto", textColumn(["udp", "icmp"])],
      ]),
      report,
    );
    expect(report.unseen).toEqual(new Map([["proto", new Map([["icmp", 1]])]]));
  });

  test("refuses parts that disagree about a column, unions in unions and unions of nothing", () => {
    const text = Preprocessor.fit(Table.of([["bytes", textColumn(["1"])]]), [{ step: "ordinalEncode" }]);
    const errorOfUnion = (...parts: Preprocessor[]): string =>
      errorOf(() => Preprocessor.union(new Map(parts.map((part, i) => [String(i), part])))).code;
    expect(errorOfUnion(scaled, text)).toBe("wrong-type");
    expect(errorOfUnion(scaled, all)).toBe("invalid-state");
    expect(errorOfUnion()).toBe("invalid-state");
  });
});
