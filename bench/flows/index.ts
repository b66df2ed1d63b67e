import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { BenchCase, BenchContext, BenchRow } from "../case.ts";
import { alternate, benchContender, type Contender, nodeContender, rowOf } from "../measure.ts";
import { writeCapture, writeOpenConnections } from "./generate.ts";
import { zeekCases } from "./zeek-kdd.ts";

const script = (name: string): URL => new URL(`./contenders/${name}`, import.meta.url);

/** Packets per second of a whole process, and its memory. Cases of one run share their capture. */
function captureCase(name: string, contendersFor: (path: string, packets: string) => (Contender | null)[]): BenchCase {
  return {
    name,
    run: async ({ full, folder, say }: BenchContext): Promise<BenchRow[]> => {
      const packets = full ? 5_000_000 : 100_000;
      const path = join(folder, "traffic.pcap");
      if (!existsSync(path)) {
        say(`writing ${packets} packets`);
        await writeCapture(path, packets, 42);
      }
      const contenders = contendersFor(path, String(packets)).filter((contender) => contender !== null);
      const medians = await alternate(contenders, 3);
      const size = `${packets} packets, 160 bytes of each at most`;
      return [
        rowOf(name, size, "packets/s", medians, ({ seconds }) => packets / seconds),
        rowOf(name, size, "MB", medians, ({ peakMB }) => peakMB),
      ];
    },
  };
}

/** Reading a capture, metering it with all features in each profile, judging its flows, many flows at once, and KDD's features of a log. All on one core. */
export const cases: readonly BenchCase[] = [
  captureCase("pcap-read", (path, packets) => [nodeContender("mlsec", script("mlsec-read.mjs"), path, packets)]),
  captureCase("meter-cic", (path, packets) => [
    nodeContender("mlsec", script("mlsec-meter.mjs"), path, packets, "cic-fixed"),
    nodeContender("mlsec-cic2017", script("mlsec-meter.mjs"), path, packets, "cic2017"),
    benchContender("nfstream", script("nfstream_meter.py"), path, packets),
  ]),
  captureCase("pcap-to-verdict", (path, packets) =>
    ["cic-fixed", "cic2017"].map((profile) =>
      nodeContender(
        profile === "cic-fixed" ? "mlsec" : "mlsec-cic2017",
        script("mlsec-detect.mjs"),
        path,
        packets,
        profile,
      ),
    ),
  ),
  {
    name: "open-flows",
    run: async ({ full, folder, say }: BenchContext): Promise<BenchRow[]> => {
      const flows = full ? 1_000_000 : 100_000;
      const path = join(folder, "open.pcap");
      say(`writing ${flows} connections that are open at once`);
      await writeOpenConnections(path, flows);
      const medians = await alternate([nodeContender("mlsec", script("mlsec-open.mjs"), path, String(flows))], 3);
      rmSync(path);
      const size = `${flows} flows open at once, 3 packets each`;
      return [
        rowOf("open-flows", size, "packets/s", medians, ({ seconds }) => (3 * flows) / seconds),
        rowOf("open-flows", size, "MB", medians, ({ peakMB }) => peakMB),
      ];
    },
  },
  ...zeekCases,
];
