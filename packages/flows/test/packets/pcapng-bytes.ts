/** Writes the blocks of pcapng files, as far as tests need them. */
export class PcapngBytes {
  private readonly blocks: number[] = [];

  constructor(private readonly isLittle: boolean = true) {
    this.block(0x0a0d0d0a, [...this.u32(0x1a2b3c4d), ...this.u16(1), ...this.u16(0), ...Array<number>(8).fill(255)]);
  }

  /** @param options pairs of code and value. */
  interface(
    linkType: number,
    snapLength: number,
    options: readonly (readonly [number, readonly number[]])[] = [],
  ): this {
    const coded = options.flatMap(([code, value]) => [...this.u16(code), ...this.u16(value.length), ...padded(value)]);
    const end = options.length === 0 ? [] : [0, 0, 0, 0];
    return this.block(1, [...this.u16(linkType), 0, 0, ...this.u32(snapLength), ...coded, ...end]);
  }

  packet(interfaceId: number, time: bigint, frame: Uint8Array, length: number = frame.length): this {
    const stamp = [...this.u32(Number(time >> 32n)), ...this.u32(Number(time & 0xffffffffn))];
    const lengths = [...this.u32(frame.length), ...this.u32(length)];
    return this.block(6, [...this.u32(interfaceId), ...stamp, ...lengths, ...padded([...frame])]);
  }

  simple(frame: Uint8Array): this {
    return this.block(3, [...this.u32(frame.length), ...padded([...frame])]);
  }

  block(type: number, body: readonly number[]): this {
    const length = this.u32(body.length + 12);
    this.blocks.push(...this.u32(type), ...length, ...body, ...length);
    return this;
  }

  get bytes(): Uint8Array {
    return Uint8Array.from(this.blocks);
  }

  private u16(value: number): number[] {
    return this.isLittle ? [value & 255, value >>> 8] : [value >>> 8, value & 255];
  }

  u32(value: number): number[] {
    const bytes = [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
    return this.isLittle ? bytes.reverse() : bytes;
  }
}

function padded(bytes: readonly number[]): number[] {
  return [...bytes, ...Array<number>(-bytes.length & 3).fill(0)];
}
