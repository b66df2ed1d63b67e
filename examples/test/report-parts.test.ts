import { Table } from "@mlsec/preprocess";
import { describe, expect, it } from "vitest";
import { generateConnections } from "../data/index.js";
import { auditOf, featureFacts } from "../shared/report-parts.js";
import { EpochLog } from "../shared/threat-report.js";

const train = await generateConnections({ rows: 300, seed: 1 });
const withDifficulty = train.with("difficulty", { kind: "number", values: new Float64Array(300) });
const training = { trainFiles: [], testFile: undefined, seed: 1, signal: new AbortController().signal };
const audit = (table: Table, testTable: Table | undefined) =>
  auditOf({ ...training, table, testTable }, "class", () => {});

describe("the audit of a report", () => {
  it("takes every test file that training takes: of another spelling of the label, and without what training drops", async () => {
    const later = await generateConnections({ rows: 100, seed: 2 });
    const test = Table.of([...later].map(([name, column]) => [name === "class" ? " class " : name, column]));
    expect(await audit(withDifficulty, test)).toMatchObject({
      rows: 300,
      testRows: 100,
      columns: train.names.length,
      label: "class",
    });
  });

  it("is of all columns where there is no test file", async () => {
    expect(await audit(withDifficulty, undefined)).toMatchObject({ testRows: null, columns: train.names.length + 1 });
  });
});

describe("what a report says of columns", () => {
  it("is what the known ones are, under the profile of the training rows, and nothing of others", () => {
    const [group, ...more] = featureFacts([" SYN Flag Count", "my own column", "serror_rate"], "cic2017");
    expect(more).toEqual([]);
    expect(group!.facts.map(({ name }) => name)).toEqual([" SYN Flag Count", "serror_rate"]);
    expect(group!.facts[0]!.value).toMatch(
      /^packets with SYN, in packets.*under cic2017: the PSH bit of the first packet/,
    );
    expect(featureFacts([" SYN Flag Count"], "cic-fixed")[0]!.facts[0]!.value).not.toContain("PSH");
    expect(featureFacts(["my own column"], null)).toEqual([]);
  });
});

describe("the epochs of a report", () => {
  it("are those of each network of each fold, in the detector's order", () => {
    const log = new EpochLog();
    const tell = (member: "ann" | "lstm", fold: number | null, count: number): void => {
      const history = Array.from({ length: count }, (_, at) => ({
        epoch: at + 1,
        loss: 1,
        validationLoss: 1 / (at + 1),
      }));
      log.onEpoch({ member, fold, epochs: 9, history, ...history.at(-1)! });
    };
    for (const count of [1, 2, 3]) tell("lstm", 2, count);
    tell("ann", 1, 1);
    tell("ann", null, 4);
    const kept = { epochs: 3, bestEpoch: 1, validationLoss: 1 };
    const curves = log.curves([
      { member: "ann", fold: null, ...kept },
      { member: "ann", fold: 1, ...kept },
      { member: "lstm", fold: 2, ...kept },
      { member: "lstm", fold: 1, ...kept },
    ]);
    expect(curves.map(({ name, epochs, bestEpoch }) => [name, epochs.length, bestEpoch])).toEqual([
      ["ANN", 4, 1],
      ["ANN, fold 1", 1, 1],
      ["LSTM, fold 2", 3, 1],
    ]);
  });
});
