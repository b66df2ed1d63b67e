import { exp } from "@mlsec/preprocess/numeric";

const ROOT_TWO_PI = 2.5066282746310002;
/** From here on the continued fraction converges faster than the series. */
const FAR = 2;
const TERMS = 150;

/**
 * The point above which a standard normal number lies with a given probability, from above 0 to 0.5; by Newton's method,
 * which comes from the left and never overshoots, as the tail is convex.
 */
export function normalTailPoint(tail: number): number {
  let z = 0;
  for (let step = 0; step < 200; step++) {
    const density = exp((-z * z) / 2) / ROOT_TWO_PI;
    const next = z + (tailAbove(z, density) - tail) / density;
    if (Math.abs(next - z) <= 4e-16 * z) return next;
    z = next;
  }
  return z;
}

function tailAbove(z: number, density: number): number {
  if (z > FAR) {
    // 1 / (z + 1 / (z + 2 / (z + …))): Laplace, 1805.
    let fraction = z;
    for (let term = TERMS; term > 0; term--) fraction = z + term / fraction;
    return density / fraction;
  }
  // z + z³/3 + z⁵/(3·5) + …: what lies between 0 and z, over the density at z (Marsaglia, 2004).
  let term = z;
  let sum = z;
  for (let odd = 3; sum + term !== sum; odd += 2) {
    term *= (z * z) / odd;
    sum += term;
  }
  return 0.5 - density * sum;
}
