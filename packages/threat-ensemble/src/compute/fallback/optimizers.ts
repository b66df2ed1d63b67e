// kernels/train/optimizers.ts in plain TypeScript: see there. Addresses are in bytes.

const { fround, sqrt } = Math;

export function adam(
  f: Float32Array,
  weights: number,
  gradient: number,
  first: number,
  second: number,
  count: number,
  rate: number,
  rest1: number,
  rest2: number,
  epsilon: number,
  decay: number,
): void {
  const [step, one, two, least, lost] = [fround(rate), fround(rest1), fround(rest2), fround(epsilon), fround(decay)];
  for (let i = 0; i < count; i++) {
    const g = f[(gradient >> 2) + i]!;
    let w = f[(weights >> 2) + i]!;
    let m = f[(first >> 2) + i]!;
    let v = f[(second >> 2) + i]!;
    m = fround(m + fround(fround(g - m) * one));
    v = fround(v + fround(fround(fround(g * g) - v) * two));
    w = fround(w - fround(w * lost));
    const root = fround(fround(sqrt(v)) + least);
    f[(first >> 2) + i] = m;
    f[(second >> 2) + i] = v;
    f[(weights >> 2) + i] = w - fround(fround(m * step) / root);
  }
}

export function sgd(
  f: Float32Array,
  weights: number,
  gradient: number,
  velocity: number,
  count: number,
  rate: number,
  momentum: number,
  decay: number,
): void {
  const [pace, kept, lost] = [fround(rate), fround(momentum), fround(decay)];
  for (let i = 0; i < count; i++) {
    const step = fround(fround(f[(velocity >> 2) + i]! * kept) - fround(f[(gradient >> 2) + i]! * pace));
    const w = f[(weights >> 2) + i]!;
    f[(velocity >> 2) + i] = step;
    f[(weights >> 2) + i] = fround(w - fround(w * lost)) + step;
  }
}
