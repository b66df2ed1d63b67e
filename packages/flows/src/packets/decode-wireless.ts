/** Instead of a place in a frame: there is nothing that is read; what there is was not captured. */
export const NO_DATA = -1;
export const CUT_OFF = -2;

/**
 * Where the data of a frame of IEEE 802.11 begins (its LLC header): `NO_DATA` where it is management or control, has none, is
 * encrypted or holds several packets (A-MSDU); `CUT_OFF` where its header ends beyond what was captured. Source: IEEE Std 802.11,
 * frame formats.
 */
export function wirelessData(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 2) return CUT_OFF;
  const [control, flags] = [bytes[at]!, bytes[at + 1]!];
  const [version, type, subtype] = [control & 3, (control >> 2) & 3, control >> 4];
  const isData = version === 0 && type === 2 && (subtype & 4) === 0;
  const isProtected = (flags & 0x40) !== 0;
  if (!isData || isProtected) return NO_DATA;
  const isQos = (subtype & 8) !== 0;
  const betweenStations = (flags & 3) === 3 ? 6 : 0;
  const quality = 24 + betweenStations;
  const header = quality + (isQos ? 2 : 0) + (isQos && (flags & 0x80) !== 0 ? 4 : 0);
  if (end - at < header + 8) return CUT_OFF;
  const holdsSeveral = isQos && (bytes[at + quality]! & 0x80) !== 0;
  return holdsSeveral ? NO_DATA : at + header;
}

/** Where the frame after a radiotap header begins (https://www.radiotap.org), which says its own length; or as above. */
export function afterRadiotap(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 4) return CUT_OFF;
  if (bytes[at] !== 0) return NO_DATA;
  const length = bytes[at + 2]! | (bytes[at + 3]! << 8);
  return at + length > end ? CUT_OFF : at + length;
}
