import { describeMissing, nearestName, resolveColumn } from "@mlsec/preprocess";
import { expect, test } from "vitest";
import { errorOf } from "./support.js";

test.each([
  [" Flow Duration", ["Flow", "Flow Duration"], "Flow Duration", "same but for a leading space"],
  ["Flow Duration", ["Flow Duration "], "Flow Duration ", "same but for a trailing space"],
  [" Label ", ["Label"], "Label", "same but for a leading and a trailing space"],
  [" Label ", ["Label "], "Label ", "same but for a leading space"],
  ["Dst Port", ["dst_port", "Dst Ports"], "dst_port", "same but for case, spaces or underscores"],
  ["Total Fwd Packets", ["Total Fwd Packet", "Total Bwd packets"], "Total Fwd Packet", "the nearest name"],
  ["src_bytes", ["dst_bytes", "src_byte"], "src_byte", "the nearest name"],
])("for %j among %j that is %j: %s", (wanted, candidates, name, difference) => {
  expect(nearestName(wanted, candidates)).toEqual({ name, difference });
  expect(describeMissing(wanted, candidates)).toBe(`expected '${wanted}', found '${name}': ${difference}`);
});

test("names that differ in more than a third of their letters are not near", () => {
  expect(nearestName("duration", ["flag", "service", "durations"])).toEqual({
    name: "durations",
    difference: "the nearest name",
  });
  expect(nearestName("duration", ["flag", "service", "donation!"])).toBeNull();
  expect(describeMissing("duration", [])).toBe("expected 'duration', found nothing like it");
});

test("a column is resolved by its exact name first, then by the only name that equals it but for outer spaces", () => {
  expect(resolveColumn([" Label", "Label"], "Label")).toBe("Label");
  expect(resolveColumn(["Flow ID", " Label"], "Label")).toBe(" Label");
  expect(errorOf(() => resolveColumn([" Label", "Label "], "Label")).code).toBe("missing-column");
  const error = errorOf(() => resolveColumn(["Flow ID", "label"], "Label"));
  expect(error).toMatchObject({ code: "missing-column", details: { column: "Label", columns: ["Flow ID", "label"] } });
  expect(error.message).toContain("found 'label'");
});
