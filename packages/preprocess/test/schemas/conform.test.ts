import {
  cicFlowMeterV4Names,
  cicIds2017,
  conform,
  type DatasetSchema,
  nslKdd,
  Table,
  textColumn,
} from "@mlsec/preprocess";
import { describe, expect, test } from "vitest";
import { cellsOf, errorOf, numbers } from "../support.js";

const schema: DatasetSchema = {
  name: "a small dataset",
  columns: [
    { name: " Port", type: "number", role: "feature", min: 0, max: 65_535, aliases: ["Port", "Dst Port"] },
    { name: "bytes", type: "number", role: "feature", min: 0, aliases: [] },
    { name: "proto", type: "text", role: "feature", values: ["tcp", "udp"], aliases: ["protocol"] },
    { name: "bytes.1", type: "number", role: "feature", min: 0, aliases: [], copyOf: "bytes" },
    { name: "class", type: "text", role: "label", aliases: ["Label"] },
    { name: "time", type: "text", role: "identifier", aliases: ["Timestamp"] },
  ],
};

const table = Table.of([
  ["class", textColumn(["a", "b", "a"])],
  ["proto", textColumn(["tcp", "icmp", null])],
  ["more", numbers(7, 8, 9)],
  ["bytes.1", numbers(1, 2, 3)],
  ["bytes", numbers(1, -2, Infinity)],
  ["time", textColumn(["x", "y", "z"])],
  [" Port", numbers(80, 70_000, Number.NaN)],
]);

test("columns come in the schema's order, the label behind them; what else there is, is left out and listed", () => {
  const { table: conformed, report } = conform(table, schema);
  expect(conformed.names).toEqual([" Port", "bytes", "proto", "bytes.1", "class"]);
  expect(conformed.numbers("bytes")).toBe(table.numbers("bytes"));
  expect(report).toMatchObject({
    renamed: [],
    absent: [],
    copied: [],
    retyped: [],
    withheld: ["time"],
    extra: ["more"],
  });
});

test("cells outside their range are counted with examples, missing ones are not; the cells stay as they are", () => {
  const { table: conformed, report } = conform(table, schema);
  expect(report.outOfRange).toEqual([
    { column: " Port", cells: 1, expected: "a number from 0 to 65535", examples: [{ row: 1, value: 70_000 }] },
    {
      column: "bytes",
      cells: 2,
      expected: "a finite number of at least 0",
      examples: [
        { row: 1, value: -2 },
        { row: 2, value: Infinity },
      ],
    },
    { column: "proto", cells: 1, expected: 'one of "tcp", "udp"', examples: [{ row: 1, value: "icmp" }] },
  ]);
  expect(cellsOf(conformed)).toEqual(cellsOf(table.select(conformed.names)));
  const error = errorOf(() => conform(table, schema, { outOfRange: "error" }));
  expect(error).toMatchObject({ code: "out-of-range", details: { outOfRange: report.outOfRange } });
  expect(error.message).toContain("2 of 'bytes' (row 2: \"-2\"");
});

describe("under other names", () => {
  const renamed = Table.of([
    ["Label", textColumn(["a"])],
    ["Dst Port", numbers(80)],
    ["bytes", numbers(5)],
    ["protocol", numbers(6)],
    ["Timestamp", numbers(1)],
  ]);

  test("columns are found only where aliases are asked for, and every one is listed", () => {
    const { table: conformed, report } = conform(renamed, schema, { aliases: true });
    expect(cellsOf(conformed)).toEqual([
      [" Port", "number", [80]],
      ["bytes", "number", [5]],
      ["proto", "text", ["6"]],
      ["bytes.1", "number", [5]],
      ["class", "text", ["a"]],
    ]);
    expect(report).toMatchObject({
      renamed: [
        { from: "Dst Port", to: " Port" },
        { from: "protocol", to: "proto" },
        { from: "Label", to: "class" },
      ],
      copied: [{ column: "bytes.1", from: "bytes" }],
      retyped: ["proto"],
      withheld: ["Timestamp"],
      extra: [],
    });
  });

  test("the exact names are the default: all that lack are named together, each with the nearest", () => {
    const error = errorOf(() => conform(renamed.with("Port", numbers(1)), schema));
    expect(error).toMatchObject({
      code: "schema-mismatch",
      details: {
        absent: [
          { column: " Port", nearest: "Port" },
          { column: "proto", nearest: null },
          { column: "bytes.1", nearest: "bytes" },
        ],
      },
    });
    expect(error.message).toContain("expected ' Port', found 'Port': same but for a leading space");
  });

  test("a lacking feature may be reported instead", () => {
    const { table: conformed, report } = conform(renamed, schema, { absent: "report" });
    expect(conformed.names).toEqual(["bytes"]);
    expect(report.absent.map(({ column }) => column)).toEqual([" Port", "proto", "bytes.1"]);
    expect(report.extra).toEqual(["Label", "Dst Port", "protocol", "Timestamp"]);
  });

  test("two columns that could be the same one are an error", () => {
    const twice = renamed.with("Port", numbers(81));
    const error = errorOf(() => conform(twice, schema, { aliases: true }));
    expect(error.details["faults"]).toEqual(["both 'Dst Port' and 'Port' could be ' Port'"]);
  });
});

test("text where numbers are needed is an error, with what the text is", () => {
  const error = errorOf(() => conform(table.with("bytes", textColumn(["1", "many", "2"])), schema));
  expect(error.message).toContain(`'bytes' holds text ("1", "many", "2") where numbers are needed`);
});

test("columns that are kept on request come last; a label is not needed", () => {
  const unlabelled = table.drop(["class"]);
  const { table: conformed, report } = conform(unlabelled, schema, { keep: ["time", "more"] });
  expect(conformed.names.slice(-2)).toEqual(["time", "more"]);
  expect(report).toMatchObject({ withheld: [], extra: [] });
  expect(errorOf(() => conform(table, schema, { keep: ["tim"] })).code).toBe("missing-column");
});

test("a table under the names of CICFlowMeter v4 comes out under those of the published header, all 78", () => {
  const v4 = [...cicFlowMeterV4Names().values()].filter((name) => name !== null);
  const { table: conformed, report } = conform(Table.of(v4.map((name) => [name, numbers(1)])), cicIds2017, {
    aliases: true,
  });
  expect(conformed.names).toEqual(cicIds2017.features);
  expect(report.copied).toEqual([{ column: " Fwd Header Length.1", from: "Fwd Header Length" }]);
});

test("a difficulty is left out as what derives from the label", () => {
  const rows = Table.of([
    ...nslKdd.columns.map(({ name, type }) => [name, type === "text" ? textColumn(["tcp"]) : numbers(0)] as const),
  ]);
  const { table: conformed, report } = conform(rows, nslKdd);
  expect(conformed.names).toEqual([...nslKdd.features, "class"]);
  expect(report.withheld).toEqual(["difficulty"]);
});
