import { CsvError, listSome, MlsecError } from "@mlsec/preprocess";
import { expect, test } from "vitest";

test("an error carries code, details and cause, and the name of its class", () => {
  const cause = new Error("why");
  const error = new CsvError("csv-empty", "Nothing there.", { row: 1 }, { cause });
  expect(error).toBeInstanceOf(MlsecError);
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({
    name: "CsvError",
    code: "csv-empty",
    message: "Nothing there.",
    details: { row: 1 },
    cause,
  });
  expect(new MlsecError("x", "y").details).toEqual({});
});

test("long lists are cut and the rest is counted", () => {
  expect(listSome([])).toBe("");
  expect(listSome(["a", 'b"', 3])).toBe('"a", "b\\"", 3');
  expect(listSome(["a", "b", "c", "d"], 2)).toBe('"a", "b" and 2 more');
});
