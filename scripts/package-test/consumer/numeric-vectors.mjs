// Compares the published test vectors of @mlsec/preprocess/numeric with what it gives where this runs: any Node or browser.

const word = new DataView(new ArrayBuffer(8));

/**
 * @param numeric the module.
 * @param vectors `functions` and `random`: the content of numeric.json and random.json among its tests' fixtures.
 * @returns how many values were compared.
 * @throws Error that names the first difference.
 */
export function compareVectors(numeric, { functions, random }) {
  let compared = 0;
  const same = (what, got, expected) => {
    compared++;
    if (got !== expected) throw new Error(`${what} is ${got}, not ${expected}.`);
  };
  for (const [name, { x, portable }] of Object.entries(functions).filter(([, value]) => typeof value === "object")) {
    for (const [i, digits] of x.entries())
      same(`${name} of the double ${digits}`, bitsOf(numeric[name](fromBits(digits))), portable[i]);
  }
  for (const { seed, below, shuffle, forks, ...draws } of random.seeds) {
    const seeded = () => numeric.Random.seeded(seed);
    for (const [method, expected] of Object.entries(draws)) {
      const stream = seeded();
      for (const [i, value] of expected.entries()) {
        const got = stream[method]();
        same(`seed ${seed}: ${method} number ${i}`, method === "uint32" ? got : bitsOf(got), value);
      }
    }
    for (const [bound, expected] of Object.entries(below)) {
      const stream = seeded();
      for (const [i, value] of expected.entries())
        same(`seed ${seed}: below(${bound}) number ${i}`, stream.below(Number(bound)), value);
    }
    const items = shuffle.map((_, i) => i);
    same(`seed ${seed}: shuffle`, String(seeded().shuffle(items)), String(shuffle));
    for (const { index, uint32, forkOf3 } of forks) {
      const fork = seeded().fork(index);
      for (const [i, value] of uint32.entries()) same(`seed ${seed}: fork ${index}, number ${i}`, fork.uint32(), value);
      same(`seed ${seed}: fork 3 of fork ${index}`, fork.fork(3).uint32(), forkOf3);
    }
  }
  if (compared < 3000) throw new Error(`There were only ${compared} values to compare.`);
  return compared;
}

function fromBits(digits) {
  word.setBigUint64(0, BigInt(`0x${digits}`));
  return word.getFloat64(0);
}

function bitsOf(x) {
  word.setFloat64(0, x);
  return word.getBigUint64(0).toString(16).padStart(16, "0");
}
