import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { cicIds2017, columnsOfRole } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";

const DISTINCT_ROWS = 20_000;

/** How the cells of the CIC-IDS2017 files are written, and how many of 100 are written so. */
const FORMS: readonly (readonly [number, (random: Random) => string])[] = [
  [46, () => "0"],
  [9, () => "0.0"],
  [16, (random) => String(random.below(100))],
  [11, (random) => String(random.below(100_000))],
  [6, (random) => String(random.below(120_000_000))],
  [2, (random) => `${random.below(2_000_000)}.0`],
  [7, (random) => (random.float() * 5000).toPrecision(10)],
  [2, (random) => String(random.float() * 1e6)],
  [1, () => "-1"],
];

const LABELS = ["BENIGN", "BENIGN", "BENIGN", "DoS Hulk", "PortScan", "DDoS", "Bot"];

/**
 * Writes a CSV like those of CIC-IDS2017: 78 columns of numbers, mostly short, each column of one kind, and the label.
 * The same seed gives the same bytes; after some thousand rows they repeat.
 */
export async function writeCicShapedCsv(
  path: string,
  bytes: number,
  seed: number,
): Promise<{ readonly rows: number; readonly columns: number }> {
  const random = Random.seeded(seed);
  const names = columnsOfRole(cicIds2017, "feature");
  const forms = random.shuffle(FORMS.flatMap(([share, form]) => Array<typeof form>(share).fill(form)));
  const lines = Array.from({ length: DISTINCT_ROWS }, () => {
    // One column in ten holds zero in most rows whatever it is else.
    const cells = names.map((_, column) => (random.below(10) === 0 ? "0" : forms[column % forms.length]!(random)));
    return `${cells.join(",")},${LABELS[random.below(LABELS.length)]}\n`;
  });
  const block = Buffer.from(lines.join(""));
  const file = createWriteStream(path);
  file.write(`${names.join(",")}, Label\n`);
  let written = 0;
  let rows = 0;
  for (; written < bytes; written += block.length, rows += DISTINCT_ROWS) {
    if (written + block.length > bytes) {
      const rest = lines.slice(0, Math.ceil(((bytes - written) / block.length) * DISTINCT_ROWS));
      file.write(rest.join(""));
      rows += rest.length;
      break;
    }
    if (!file.write(block)) await once(file, "drain");
  }
  file.end();
  await once(file, "close");
  return { rows, columns: names.length + 1 };
}
