/** Points of a curve, in the units of a drawing. */
export interface Points {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

/**
 * Fewer points that draw the same curve: of the points that follow each other within one unit of width, the first, the
 * lowest, the highest and the last, in their order (the M4 aggregation: Jugel et al., "M4: a visualization-oriented time
 * series data aggregation", VLDB 2014). No point of the curve is farther than a unit from what remains; for x that rises or
 * falls throughout, at most four points remain for each unit.
 *
 * @returns pairs of x and y.
 */
export function thinned({ x, y }: Points): [number, number][] {
  const kept: [number, number][] = [];
  let from = 0;
  while (from < x.length) {
    const column = Math.floor(x[from]!);
    let to = from + 1;
    let [lowest, highest] = [from, from];
    for (; to < x.length && Math.floor(x[to]!) === column; to++) {
      if (y[to]! < y[lowest]!) lowest = to;
      if (y[to]! > y[highest]!) highest = to;
    }
    const places = [...new Set([from, lowest, highest, to - 1])].sort((a, b) => a - b);
    for (const place of places) kept.push([x[place]!, y[place]!]);
    from = to;
  }
  return kept;
}
