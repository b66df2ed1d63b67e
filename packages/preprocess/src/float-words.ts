/** Where a double's words lie in a Uint32Array over it: little-endian on the machines that JavaScript engines run on. */
export const LOW_WORD: 0 | 1 = /* @__PURE__ */ isLittleEndian() ? 0 : 1;
export const HIGH_WORD: 0 | 1 = LOW_WORD === 0 ? 1 : 0;

function isLittleEndian(): boolean {
  return new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
}
