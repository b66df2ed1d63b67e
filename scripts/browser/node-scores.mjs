// What Node says of the same files: the truth that the browser is compared with. Written apart from the page's code.
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** The functions of Node's side, with the built packages of a repository. */
export async function nodeSide(root) {
  const require = createRequire(join(root, "examples", "package.json"));
  const load = (name) => import(pathToFileURL(require.resolve(name)));
  const { loadDetector, saveBundle } = await load("@mlsec/bundle");
  const { concatTables, readCsv, nslKdd, nslKddHeaders, Table, textColumn } = await load("@mlsec/preprocess");
  const { trainAttackClassifier } = await load("@mlsec/attack-tree");
  const flows = await load("@mlsec/flows");

  /** Classes, probabilities, digest, counts and unseen categories of all rows of a table, judged in one call. */
  const scoreTable = (detector, table) => {
    const { codes, probabilities, report } = detector.detectColumns(table, { invalidRows: "skip" });
    const classes = Array.from(codes, (code) => (code === -1 ? "" : detector.classes[code]));
    const counts = new Map();
    for (const name of classes) if (name !== "") counts.set(name, (counts.get(name) ?? 0) + 1);
    return {
      classes,
      probabilities,
      counts,
      unseen: [...report.unseen].flatMap(([column, counts]) =>
        [...counts].map(([category, rows]) => ({ column, category, rows })),
      ),
      skipped: codes.filter((code) => code === -1).length,
      digest: digestOf(probabilities, codes),
    };
  };

  return {
    detector: async (path) => loadDetector(await readFile(path)),

    /** The bytes of a capture of packets that a generator makes of the package's constants. */
    capture: (packets) => Buffer.concat([...flows.pcapPieces(packets(flows))]),

    /**
     * A bundle that knows a scanner by its flows in a capture.
     *
     * @param flowProfile what the bundle says of its features.
     */
    async scanClassifier(bytes, scanner, profile, flowProfile) {
      const table = await flows.meterTable(bytes, { profile });
      const labels = table.texts(table.names[1]).map((source) => (source === scanner ? "PortScan" : "BENIGN"));
      // Rates of flows without a duration are infinite.
      const features = table.names.slice(7).filter((name) => !/ts\/s|tes\/s/.test(name));
      const columns = features.map((name) => [name, table.column(name)]);
      const rows = Table.of([...columns, ["Label", textColumn(labels)]]);
      return saveBundle((await trainAttackClassifier(rows, { flowProfile })).pipeline);
    },

    /** `score` of a capture, under NSL-KDD's columns or those of CICFlowMeter, as the model has them. */
    async scoreCapture(detector, bytes) {
      const reads = (names) => detector.inputs.every(({ name }) => names.includes(name));
      if (reads(nslKdd.features)) {
        const tables = [];
        for await (const { table } of flows.kddFeatures(flows.readConnections(bytes))) tables.push(table);
        return scoreTable(detector, concatTables(tables));
      }
      const spellings = [
        { profile: "cic-fixed", names: "v4" },
        { profile: "cic2017", names: "original" },
        { profile: "cic2017", names: "stripped" },
      ];
      const options = spellings.find((spelling) => reads(flows.flowColumns(spelling).columns));
      return scoreTable(detector, await flows.meterTable(bytes, { ...options, sweep: true }));
    },

    /** The same of a CSV. */
    async score(detector, csvPath) {
      const text = await readFile(csvPath, "utf8");
      const fields = text.slice(0, text.indexOf("\n")).split(",");
      const headers = nslKddHeaders(fields) ?? "suffix";
      const types = new Map(detector.inputs.map(({ name, type }) => [name, type]));
      const table = await readCsv(text, { headers, types });
      return scoreTable(detector, table);
    },
  };
}

/** SHA-256 of the probabilities' bytes (0 in skipped rows), then of the codes' bytes. Little-endian, as all of Node's platforms. */
function digestOf(probabilities, codes) {
  const kept = probabilities.map((probability, row) => (codes[row] === -1 ? 0 : probability));
  return createHash("sha256")
    .update(new Uint8Array(kept.buffer))
    .update(new Uint8Array(codes.buffer, codes.byteOffset, codes.byteLength))
    .digest("hex");
}
