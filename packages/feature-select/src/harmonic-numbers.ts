/**
 * ψ(n) + γ for n from 1 to `last`, at index n: the digamma function at a whole number is the harmonic number
 * 1 + 1/2 + … + 1/(n − 1) less Euler's constant γ (Abramowitz and Stegun, "Handbook of Mathematical Functions", 6.3.2),
 * which cancels where as many are added as are taken away. The sum is compensated (Neumaier, 1974): each is right to a
 * rounding or two.
 */
export function harmonicNumbers(last: number): Float64Array {
  const made = new Float64Array(last + 1);
  let sum = 0;
  let lost = 0;
  for (let n = 2; n <= last; n++) {
    const term = 1 / (n - 1);
    const next = sum + term;
    lost += sum >= term ? sum - next + term : term - next + sum;
    sum = next;
    made[n] = sum + lost;
  }
  return made;
}
