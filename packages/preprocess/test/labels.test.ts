import { countClasses, encodeLabels, takeLabels } from "@mlsec/preprocess";
import { expect, test } from "vitest";
import { errorOf } from "./support.js";

test("classes are the distinct names in code-point order, as LabelEncoder sorts them", () => {
  const labels = encodeLabels(["normal", "anomaly", "\u{1F600}", "Zeta", "\uFF5A", "normal"]);
  expect(labels.classes).toEqual(["Zeta", "anomaly", "normal", "\uFF5A", "\u{1F600}"]);
  expect([...labels.codes]).toEqual([2, 1, 4, 0, 3, 2]);
});

test("a given order holds, classes without rows included", () => {
  const labels = encodeLabels(["Attack", "Normal", "Attack"], ["Normal", "Attack", "Other"]);
  expect([...labels.codes]).toEqual([1, 0, 1]);
  expect([...countClasses(labels)]).toEqual([1, 2, 0]);
});

test("a name that the given classes lack is refused with its row", () => {
  expect(errorOf(() => encodeLabels(["a", "__proto__"], ["a"]))).toMatchObject({
    code: "unknown-class",
    details: { row: 1, got: "__proto__", expected: ["a"] },
  });
});

test("a missing label is refused with its row", () => {
  expect(errorOf(() => encodeLabels(["a", null]))).toMatchObject({ code: "missing-label", details: { row: 1 } });
  expect(errorOf(() => encodeLabels(["a", null], ["a"])).code).toBe("missing-label");
});

test("taking rows keeps the classes", () => {
  const labels = takeLabels(encodeLabels(["a", "b", "c"]), Int32Array.of(2, 0, 2));
  expect([...labels.codes]).toEqual([2, 0, 2]);
  expect(labels.classes).toEqual(["a", "b", "c"]);
  expect(errorOf(() => takeLabels(labels, Int32Array.of(3))).code).toBe("row-out-of-range");
});
