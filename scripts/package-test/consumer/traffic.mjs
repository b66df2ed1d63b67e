// The seeded flows that every consumer sees: three classes, told apart by size and rate.
import { Random } from "@mlsec/preprocess/numeric";

const LABELS = ["BENIGN", "DDoS", "PortScan"];

/** Row objects of `rows` flows; with labels to train on, without to be judged. */
export function flows(rows, { seed, labelled }) {
  const random = Random.seeded(seed);
  return Array.from({ length: rows }, (_, row) => {
    const code = row % LABELS.length;
    const size = 40 + 30 * code + 10 * random.normal();
    const rate = random.normal() + (code === 1 ? 3 : 0);
    const flow = { " Bytes": size, Rate: rate, "Bytes twice": 2 * size, " Duration": random.normal() };
    return labelled ? { ...flow, Label: LABELS[code] } : flow;
  });
}
