import { cicIds2017 } from "@mlsec/preprocess";

let units: ReadonlyMap<string, string> | undefined;

/** What the numbers of a flow feature count or measure, under any of its names; null where it has no unit or is not known. */
export function flowUnit(feature: string): string | null {
  units ??= new Map(
    cicIds2017.columns.flatMap(({ name, aliases, unit }) =>
      unit === undefined ? [] : [name, ...aliases].map((known): [string, string] => [known, unit]),
    ),
  );
  return units.get(feature) ?? null;
}
