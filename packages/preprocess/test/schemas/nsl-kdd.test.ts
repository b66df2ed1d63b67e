import { detectNormalLabel, nslKdd, nslKddFamily, nslKddHeaders, nslKddVerdict } from "@mlsec/preprocess";
import { expect, test } from "vitest";
import { errorOf } from "../support.js";

const record =
  "0,tcp,ftp_data,SF,491,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,2,2,0.00,0.00,0.00,0.00,1.00,0.00,0.00,150,25,0.17,0.03,0.17,0.00,0.00,0.00,0.05,0.00,normal,20".split(
    ",",
  );

test("there are 41 features, three of them text, and the label is text", () => {
  expect(new Set(nslKdd.features).size).toBe(41);
  expect([...nslKdd.types].filter(([, type]) => type === "text").map(([name]) => name)).toEqual([
    ...["protocol_type", "service", "flag", "class"],
  ]);
  expect(new Set(nslKdd.attacks).size).toBe(39);
});

test("a headerless file is known by its first record, with or without the difficulty", () => {
  const names = nslKddHeaders(record)!;
  expect(names).toEqual([...nslKdd.features, "class", "difficulty"]);
  expect(names.indexOf("dst_host_srv_rerror_rate")).toBe(40);
  expect(nslKddHeaders(record.slice(0, 42))).toEqual([...nslKdd.features, "class"]);
});

test.each([
  ["a header", [...nslKdd.features, "class", "difficulty"]],
  ["a record of another length", record.slice(0, 41)],
  ["another protocol", ["0", "sctp", ...record.slice(2)]],
  ["a first field that is no duration", ["-", ...record.slice(1)]],
  ["nothing", []],
])("%s is not one", (_, fields) => {
  expect(nslKddHeaders(fields)).toBeNull();
});

test.each<[string[], string | null]>([
  [["normal", "anomaly"], "normal"],
  [["neptune", "normal", "smurf"], "normal"],
  [["BENIGN", "DDoS"], "BENIGN"],
  [["0", "1"], "0"],
  [["1", "0"], "0"],
  [["0"], "0"],
  [["1"], null],
  [["0", "1", "2"], null],
  [["normal", "benign"], null],
  [["good", "bad"], null],
  [[], null],
])("among %j the normal label is %j", (values, expected) => {
  expect(detectNormalLabel(values)).toBe(expected);
});

test("every attack has a family; anomaly is an attack without one; other labels are refused", () => {
  expect(nslKdd.attacks.map(nslKddFamily).every((family) => family !== null && family !== "normal")).toBe(true);
  expect(["normal", "smurf", "saint", "httptunnel", "worm", "anomaly", "toString"].map(nslKddFamily)).toEqual([
    ...["normal", "dos", "probe", "u2r", "r2l", null, null],
  ]);
  expect(["normal", "xterm", "anomaly"].map(nslKddVerdict)).toEqual(["Normal", "Attack", "Attack"]);
  expect(errorOf(() => nslKddVerdict("Normal"))).toMatchObject({ code: "unknown-class", details: { got: "Normal" } });
});
