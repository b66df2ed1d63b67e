import type { ModelKind } from "@mlsec/preprocess";

const COUNT = new Intl.NumberFormat("en");
const SHARE = new Intl.NumberFormat("en", { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
const BYTES = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

const KIND_NAMES: Readonly<Record<ModelKind, string>> = {
  threat_detector: "Threat detector",
  attack_classifier: "Attack classifier",
};

export function kindName(kind: ModelKind): string {
  return KIND_NAMES[kind];
}

/** 25,192 */
export function count(value: number): string {
  return COUNT.format(value);
}

/** `1 row`, `25,192 rows` */
export function countOf(value: number, one: string, many: string = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** 46.6% */
export function share(value: number): string {
  return SHARE.format(value);
}

/** 0.9876; a value that only rounding would make 0 or 1 keeps its distance. */
export function probability(value: number): string {
  if (value > 0 && value < 0.0001) return "< 0.0001";
  if (value < 1 && value > 0.9999) return "> 0.9999";
  return value.toFixed(4);
}

/** 60.4 kB */
export function bytes(value: number): string {
  if (value < 1000) return `${value} bytes`;
  return value < 1_000_000 ? `${BYTES.format(value / 1000)} kB` : `${BYTES.format(value / 1_000_000)} MB`;
}

/** 0.42 s */
export function seconds(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(0)} s`;
}
