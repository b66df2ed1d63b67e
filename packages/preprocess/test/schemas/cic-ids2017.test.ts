import {
  attackClassName,
  attackClassNames,
  cicFlowMeterV4Names,
  cicIds2017,
  compareCodePoints,
  identifierColumns,
} from "@mlsec/preprocess";
import { expect, test } from "vitest";
import { errorOf } from "../support.js";

test("there are fourteen classes, in code-point order, BENIGN among them", () => {
  expect(cicIds2017.classes).toHaveLength(14);
  expect([...cicIds2017.classes].sort(compareCodePoints)).toEqual(cicIds2017.classes);
  expect(cicIds2017.classes).toContain(cicIds2017.benign);
});

test.each(cicIds2017.classes)("%s is its own name", (name) => {
  expect(attackClassName(name)).toBe(name);
});

const dash1252 = new TextDecoder("windows-1252").decode(Uint8Array.of(0x96));

test.each([
  ["Web Attack \uFFFD Brute Force", "Web Attack Brute Force"],
  ["Web Attack \uFFFD XSS", "Web Attack XSS"],
  ["Web Attack \uFFFD Sql Injection", "Web Attack Sql Injection"],
  [`Web Attack ${dash1252} XSS`, "Web Attack XSS"],
  ["Web Attack – XSS", "Web Attack XSS"],
  ["Web Attack - Brute Force", "Web Attack Brute Force"],
  ["Web Attack - XSS", "Web Attack XSS"],
  ["Web Attack - SQL Injection", "Web Attack Sql Injection"],
  ["Portscan", "PortScan"],
  ["Botnet", "Bot"],
  ["DoS Slowloris", "DoS slowloris"],
  ["DoS Slowhttptest", "DoS Slowhttptest"],
  [" BENIGN ", "BENIGN"],
  ["FTP_Patator", "FTP-Patator"],
])("%j is %s", (spelling, name) => {
  expect(attackClassName(spelling)).toBe(name);
});

test.each(["Heartbleed", "Infiltration - Portscan", "DoS Hulk - Attempted", "Attack", "", "__proto__", "constructor"])(
  "%j is none of the fourteen",
  (label) => {
    expect(attackClassName(label)).toBeNull();
  },
);

test("many labels are named at once, and all unknown ones reported together, each once", () => {
  expect([...attackClassNames(["Portscan", "BENIGN", "Portscan"])]).toEqual([
    ["Portscan", "PortScan"],
    ["BENIGN", "BENIGN"],
  ]);
  expect(errorOf(() => attackClassNames(["Heartbleed", "BENIGN", "Worm", "Heartbleed"]))).toMatchObject({
    code: "unknown-class",
    details: { got: ["Heartbleed", "Worm"] },
  });
});

test("identifiers are found under outer spaces, in the file's own spelling; ports that are served are features", () => {
  expect(
    identifierColumns(["Flow ID", " Source IP", " Destination Port", "Dst Port", " Timestamp", "id", "Idle Max"]),
  ).toEqual([...["Flow ID", " Source IP", " Timestamp", "id"]]);
});

test("there are 78 features; v4 has every one but the repeated header length", () => {
  expect(new Set(cicIds2017.features).size).toBe(78);
  const v4 = cicFlowMeterV4Names();
  expect([...v4.keys()]).toEqual(cicIds2017.features);
  expect([...v4].filter(([, name]) => name === null)).toEqual([[" Fwd Header Length.1", null]]);
  expect(v4.get(" Total Fwd Packets")).toBe("Total Fwd Packet");
  expect(v4.get(" Destination Port")).toBe("Dst Port");
});

test("no name or alias could be two columns", () => {
  const names = cicIds2017.columns.flatMap(({ name, aliases }) => [name, ...aliases]);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});
