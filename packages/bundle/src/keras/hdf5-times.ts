const SIGNATURE = [0x4f, 0x48, 0x44, 0x52, 2] as const; // "OHDR", version 2
const HAS_TIMES = 0x20;
const HAS_PHASES = 0x10;
const TIMES_BYTES = 16;

/**
 * Sets the times of all objects of an HDF5 file to 0, as which the same content gives the same bytes. They are in the object
 * headers of version 2, which begin with a signature and end with a check sum (HDF5 File Format Specification 3.0, section
 * IV.A.1.b); what only looks like one has another sum.
 */
export function withoutTimes(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = bytes.indexOf(SIGNATURE[0]); at >= 0; at = bytes.indexOf(SIGNATURE[0], at + 1)) {
    if (!SIGNATURE.every((byte, place) => bytes[at + place] === byte)) continue;
    const end = endOfHeader(view, at);
    if (end === null || (bytes[at + 5]! & HAS_TIMES) === 0) continue;
    if (view.getUint32(end, true) !== lookup3(bytes.subarray(at, end))) continue;
    bytes.fill(0, at + 6, at + 6 + TIMES_BYTES);
    view.setUint32(end, lookup3(bytes.subarray(at, end)), true);
  }
  return bytes;
}

/** Where the check sum of a header's first part is; null where it would lie beyond the file. */
function endOfHeader(view: DataView, at: number): number | null {
  if (at + 6 > view.byteLength) return null;
  const flags = view.getUint8(at + 5);
  const sizeAt = at + 6 + ((flags & HAS_TIMES) === 0 ? 0 : TIMES_BYTES) + ((flags & HAS_PHASES) === 0 ? 0 : 4);
  const sizeBytes = 1 << (flags & 3);
  if (sizeBytes > 4 || sizeAt + sizeBytes + 4 > view.byteLength) return null;
  const size =
    sizeBytes === 1
      ? view.getUint8(sizeAt)
      : sizeBytes === 2
        ? view.getUint16(sizeAt, true)
        : view.getUint32(sizeAt, true);
  const end = sizeAt + sizeBytes + size;
  return end + 4 <= view.byteLength ? end : null;
}

/** Bob Jenkins' hash `hashlittle` of 2006 (burtleburtle.net/bob/c/lookup3.c), starting from 0, as HDF5 takes it for check sums. */
export function lookup3(bytes: Uint8Array): number {
  let a = (0xdeadbeef + bytes.length) | 0;
  let b = a;
  let c = a;
  const word = (at: number): number => {
    let value = 0;
    // What lies beyond the end counts as 0.
    for (let place = 3; place >= 0; place--) value = (value << 8) | (bytes[at + place] ?? 0);
    return value;
  };
  let at = 0;
  for (; bytes.length - at > 12; at += 12) {
    a = (a + word(at)) | 0;
    b = (b + word(at + 4)) | 0;
    c = (c + word(at + 8)) | 0;
    a = ((a - c) ^ rotated(c, 4)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ rotated(a, 6)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ rotated(b, 8)) | 0;
    b = (b + a) | 0;
    a = ((a - c) ^ rotated(c, 16)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ rotated(a, 19)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ rotated(b, 4)) | 0;
    b = (b + a) | 0;
  }
  if (bytes.length === at) return c >>> 0;
  a = (a + word(at)) | 0;
  b = (b + word(at + 4)) | 0;
  c = (c + word(at + 8)) | 0;
  c = ((c ^ b) - rotated(b, 14)) | 0;
  a = ((a ^ c) - rotated(c, 11)) | 0;
  b = ((b ^ a) - rotated(a, 25)) | 0;
  c = ((c ^ b) - rotated(b, 16)) | 0;
  a = ((a ^ c) - rotated(c, 4)) | 0;
  b = ((b ^ a) - rotated(a, 14)) | 0;
  c = ((c ^ b) - rotated(b, 24)) | 0;
  return c >>> 0;
}

function rotated(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
