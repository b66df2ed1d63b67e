import type { CompressionCodec } from "hyparquet";
import { MlsecError } from "../errors.js";
import { missingPeer } from "../missing-peer.js";
import type { Decompress } from "./pages.js";

export type Hyparquet = typeof import("hyparquet");

/** @throws MlsecError `missing-peer`. */
export async function loadHyparquet(): Promise<Hyparquet> {
  try {
    return await import("hyparquet");
  } catch (cause) {
    throw missingPeer("hyparquet", "readParquet", cause);
  }
}

/**
 * What decompresses a codec's pages: hyparquet itself where it can, else hyparquet-compressors, loaded when it is needed.
 *
 * @throws MlsecError `missing-peer`; `parquet-unsupported` for codecs that neither knows.
 */
export async function loadDecompressor(hyparquet: Hyparquet, codec: CompressionCodec): Promise<Decompress> {
  if (codec === "UNCOMPRESSED") return (page) => page;
  if (codec === "SNAPPY") {
    return (page, length) => {
      const unpacked = new Uint8Array(length);
      hyparquet.snappyUncompress(page, unpacked);
      return unpacked;
    };
  }
  const more = await loadCompressors(codec);
  switch (codec) {
    case "GZIP":
      return more.decompressGzip;
    case "BROTLI":
      return more.decompressBrotli;
    case "LZ4":
      return more.decompressLz4;
    case "LZ4_RAW":
      return more.decompressLz4Raw;
    case "ZSTD":
      // Into an array of the right size, because a frame may claim to hold any number of bytes.
      return (page, length) => more.decompressZstd(page, new Uint8Array(length));
    default:
      throw new MlsecError(
        "parquet-unsupported",
        `Pages compressed with ${codec} cannot be read. Write with snappy or zstd.`,
        {
          codec,
        },
      );
  }
}

async function loadCompressors(codec: CompressionCodec): Promise<typeof import("hyparquet-compressors")> {
  try {
    return await import("hyparquet-compressors");
  } catch (cause) {
    throw missingPeer("hyparquet-compressors", `Reading Parquet compressed with ${codec}`, cause);
  }
}
