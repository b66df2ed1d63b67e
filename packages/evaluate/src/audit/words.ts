/** A column's name as messages write it. */
export function quoted(name: string): string {
  return JSON.stringify(name);
}

/** `1 row`, `2 rows`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** A share as per cent: 0.5 % is `0.50 %`, and what is not nothing is never written as 0. */
export function percent(share: number): string {
  return share > 0 && share < 0.0001 ? "under 0.01 %" : `${(share * 100).toFixed(2)} %`;
}
