/** The number that equals `value`, or undefined where float64 has none (some integers beyond ±2⁵³). */
export function exactNumber(value: bigint): number | undefined {
  const number = Number(value);
  return BigInt(number) === value ? number : undefined;
}
