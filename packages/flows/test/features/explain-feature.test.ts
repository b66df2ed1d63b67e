import { explainedFeatures, explainFeature } from "@mlsec/flows";
import { cicIds2017, columnsOfRole, MlsecError, nslKdd } from "@mlsec/preprocess";
import { expect, it } from "vitest";
import { featurePage, presentPage } from "./feature-page.js";

it("explains the 41 features of KDD, the 78 of CIC-IDS2017 and the eleven that were added, in their order", () => {
  const names = (family: string): string[] =>
    explainedFeatures()
      .filter((feature) => feature.family === family)
      .map(({ name }) => name);
  expect(names("kdd")).toEqual(nslKdd.features);
  const published = columnsOfRole(cicIds2017, "feature").map((name) => name.trim());
  expect(names("cic").slice(0, 78)).toEqual(published);
  expect(names("cic")).toHaveLength(89);
  expect(new Set(names("cic")).size).toBe(89);
});

it("knows every spelling of the schemas", () => {
  for (const { name, aliases, role } of cicIds2017.columns) {
    if (role !== "feature") continue;
    for (const spelling of [name, name.trim(), ...aliases]) {
      expect(explainFeature(spelling).names).toContain(spelling);
    }
  }
  expect(explainFeature(" Flow Duration ").name).toBe("Flow Duration");
  expect(explainFeature("is_hot_login").name).toBe("is_host_login");
  // One of the names of 2018 is the name of no other feature of 2017.
  expect(explainFeature("Tot Fwd Pkts").name).toBe("Total Fwd Packets");
});

it("has the units of the schema, where that has any", () => {
  for (const { name, unit, role } of cicIds2017.columns) {
    if (role === "feature" && unit !== undefined) expect([name, explainFeature(name).unit]).toEqual([name, unit]);
  }
});

it("says what the quirks of the meter of 2017 do", () => {
  const of2017 = (name: string): string =>
    explainFeature(name).differences.find(({ profile }) => profile === "cic2017")!.text;
  expect(of2017("SYN Flag Count")).toContain("PSH");
  expect(of2017("FIN Flag Count")).toContain("RST");
  expect(of2017("Bwd PSH Flags")).toContain("always 0");
  expect(of2017("Down/Up Ratio")).toContain("whole number");
  expect(explainFeature("diff_srv_rate").differences.map(({ profile }) => profile)).toEqual([
    "kdd99-extractor",
    "gure-kdd",
  ]);
});

it("says which features headers cannot give", () => {
  const from = (kind: string): number => explainedFeatures().filter((feature) => feature.from === kind).length;
  expect([from("content"), from("none")]).toEqual([12, 1]);
});

it("names the nearest feature of one that it does not know", () => {
  try {
    explainFeature("dst_host_count_rate");
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(MlsecError);
    expect((error as MlsecError).code).toBe("unknown-feature");
    expect((error as MlsecError).message).toContain("dst_host_");
  }
});

it("says what the page of features says", () => {
  expect(presentPage()).toBe(featurePage().replace(/ +\|/g, " |"));
});
