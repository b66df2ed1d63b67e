import type { ByteReader } from "./byte-reader.js";
import { Constructors } from "./constructors.js";
import { beyondLimit, invalidPickle, JoblibError, shownName } from "./joblib-error.js";
import { MAX_DEPTH, MAX_INTEGER_BYTES, MAX_MEMO, MAX_NAME_LENGTH, MAX_OPERATIONS, MAX_STACK } from "./limits.js";
import { exactInteger, NumpyArray } from "./numpy-array.js";
import { NumpyTypeHolder } from "./numpy-type.js";
import { OPCODES, STOP } from "./opcodes.js";
import { PythonName, PythonObject, PythonTuple, type PythonValue } from "./python-value.js";
import { latin1Text } from "./text.js";

/** Highest protocol: that of Python 3.8 and later. */
const HIGHEST_PROTOCOL = 5;

/** What the pickles of one file have in common: one may lie within another. */
export class PickleContext {
  readonly constructors: Constructors = new Constructors();
  /** All names that the file has of classes and functions, in order of their first places. */
  readonly names: Map<string, PythonName> = new Map();
  /** Opcodes so far. */
  operations = 0;
}

/**
 * Called when an object has got its state; may give another value in its place, as for joblib's arrays, whose bytes follow in
 * the file.
 */
export type AfterBuild = (object: PythonObject, reader: ByteReader, offset: number) => PythonValue;

/** What a pickle holds. */
export interface PickleResult {
  readonly value: PythonValue;
  /** As the file says; 0 where it does not. */
  readonly protocol: number;
}

/**
 * Reads one pickle of protocol 0 to 5, as Python's `pickletools` describes the opcodes: a stack, a memo, and no behaviour.
 *
 * @throws JoblibError `invalid-pickle`, `unsupported-pickle`, `unsupported-type`, `too-large`, each with the byte's offset.
 */
export function readPickle(
  reader: ByteReader,
  context: PickleContext,
  afterBuild: AfterBuild = (object) => object,
): PickleResult {
  return new PickleMachine(reader, context, afterBuild).run();
}

/** The stack, the memo and what opcodes do with them. The opcodes themselves are in `opcodes.ts`. */
export class PickleMachine {
  private readonly stack: PythonValue[] = [];
  /** Heights of the stack at its marks. */
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, PythonValue>();
  private protocol = 0;
  /** Where the present frame ends: no opcode may reach beyond. */
  private frameEnd = 0;
  /** Place of the present opcode. */
  offset = 0;

  constructor(
    readonly reader: ByteReader,
    private readonly context: PickleContext,
    private readonly afterBuild: AfterBuild,
  ) {}

  run(): PickleResult {
    const { reader, context } = this;
    for (;;) {
      this.offset = reader.at;
      if (++context.operations > MAX_OPERATIONS) throw beyondLimit(this.offset, "opcodes", MAX_OPERATIONS);
      const inFrame = reader.at < this.frameEnd;
      const code = reader.uint8();
      if (code === STOP) return { value: this.pop(), protocol: this.protocol };
      const run = OPCODES[code];
      if (run === undefined)
        throw invalidPickle(this.offset, `0x${code.toString(16).padStart(2, "0")} is no opcode of a pickle`);
      run(this);
      if (inFrame && reader.at > this.frameEnd) throw invalidPickle(this.offset, "an opcode reaches beyond its frame");
    }
  }

  push(value: PythonValue): void {
    if (this.stack.length >= MAX_STACK) throw beyondLimit(this.offset, "values on the stack", MAX_STACK);
    this.stack.push(value);
  }

  pop(): PythonValue {
    this.requireHeight(1);
    return this.stack.pop()!;
  }

  top(): PythonValue {
    this.requireHeight(1);
    return this.stack.at(-1)!;
  }

  take(count: number): PythonValue[] {
    this.requireHeight(count);
    return count === 0 ? [] : this.stack.splice(-count);
  }

  mark(): void {
    if (this.marks.length >= MAX_DEPTH) throw beyondLimit(this.offset, "marks within each other", MAX_DEPTH);
    this.marks.push(this.stack.length);
  }

  /** The values above the last mark, which goes too. */
  takeMarked(): PythonValue[] {
    const height = this.marks.pop();
    if (height === undefined) throw this.invalid("there is no mark");
    return this.stack.splice(height);
  }

  /** `POP` takes the last value, or the mark where there is none above it. */
  drop(): void {
    if (this.stack.length > (this.marks.at(-1) ?? 0)) this.stack.pop();
    else if (this.marks.pop() === undefined) throw this.invalid("the stack is empty");
  }

  remember(key: number, value: PythonValue): void {
    if (key >= MAX_MEMO) throw beyondLimit(this.offset, "remembered values", MAX_MEMO);
    this.memo.set(key, value);
  }

  /** The place in the memo that a line of digits says. */
  place(): number {
    const line = this.line();
    if (!/^\d{1,10}$/.test(line)) throw this.invalid("a value is remembered by what is no number");
    return Number(line);
  }

  memoize(): void {
    this.remember(this.memo.size, this.top());
  }

  recall(key: number): void {
    const value = this.memo.get(key);
    if (value === undefined) throw this.invalid(`nothing is remembered by ${key}`);
    this.push(value);
  }

  name(module: PythonValue, name: PythonValue): PythonName {
    if (typeof module !== "string" || typeof name !== "string") throw this.invalid("a name is no text");
    // Each name that is new is kept, and those of Python's classes are short.
    if (module.length + name.length > MAX_NAME_LENGTH)
      throw beyondLimit(this.offset, "characters of a name", MAX_NAME_LENGTH);
    const qualified = `${module}.${name}`;
    let known = this.context.names.get(qualified);
    if (known === undefined) {
      known = new PythonName(qualified);
      this.context.names.set(qualified, known);
    }
    return known;
  }

  call(callee: PythonValue, args: PythonValue): PythonValue {
    if (!(args instanceof PythonTuple)) throw this.invalid("a call has no tuple of arguments");
    return this.context.constructors.call(this.calleeName(callee), args.items, this.offset);
  }

  instance(type: PythonValue, args: PythonValue): PythonObject {
    if (!(args instanceof PythonTuple)) throw this.invalid("an object has no tuple of arguments");
    return new PythonObject(this.calleeName(type), args.items);
  }

  build(): void {
    const [target, state] = this.take(2) as [PythonValue, PythonValue];
    if (target instanceof NumpyArray || target instanceof NumpyTypeHolder) {
      if (state instanceof PythonTuple) this.context.constructors.charge(state.items, this.offset);
      target.build(state, this.offset);
    } else if (target instanceof PythonObject) target.state = state;
    else throw this.invalid("a state is given to what has none");
    const made = target instanceof PythonObject ? this.afterBuild(target, this.reader, this.offset) : target;
    if (made !== target) {
      // joblib reads an array's bytes from the file itself, where the frame must have ended.
      if (this.offset + 1 < this.frameEnd) throw this.invalid("the bytes of an array begin within a frame");
      this.frameEnd = this.reader.at;
    }
    this.push(made);
  }

  append(items: readonly PythonValue[]): void {
    const target = this.top();
    if (target instanceof PythonObject) target.items ??= [];
    const list = target instanceof PythonObject ? target.items : target;
    if (!Array.isArray(list)) throw this.invalid("items are appended to what is no list");
    for (const item of items) list.push(item);
  }

  setItems(items: readonly PythonValue[]): void {
    const target = this.top();
    if (target instanceof PythonObject) target.entries ??= new Map();
    const dict = target instanceof PythonObject ? target.entries : target;
    if (!(dict instanceof Map)) throw this.invalid("entries are set in what is no dict");
    this.fill(dict, items);
  }

  addItems(items: readonly PythonValue[]): void {
    const target = this.top();
    if (!(target instanceof Set)) throw this.invalid("items are added to what is no set");
    for (const item of items) target.add(item);
  }

  dict(items: readonly PythonValue[]): Map<PythonValue, PythonValue> {
    return this.fill(new Map(), items);
  }

  setProtocol(protocol: number): void {
    if (protocol > HIGHEST_PROTOCOL) {
      throw new JoblibError(
        "unsupported-pickle",
        `Byte ${this.offset}: pickle protocol ${protocol} is not known; write with protocol ${HIGHEST_PROTOCOL} or lower.`,
        { offset: this.offset, got: protocol },
      );
    }
    this.protocol = protocol;
  }

  frame(): void {
    const length = this.reader.length64();
    if (length > this.reader.remaining)
      throw this.invalid(`a frame of ${length} bytes begins where ${this.reader.remaining} are left`);
    if (this.offset < this.frameEnd) throw this.invalid("a frame begins within another");
    this.frameEnd = this.reader.at + length;
  }

  /** A little-endian integer in two's complement. */
  integer(length: number): number | bigint {
    if (length > MAX_INTEGER_BYTES) throw beyondLimit(this.offset, "bytes of an integer", MAX_INTEGER_BYTES);
    const bytes = this.reader.take(length);
    if (length === 0) return 0;
    const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).reverse();
    return exactInteger(BigInt.asIntN(length * 8, BigInt(`0x${digits.join("")}`)));
  }

  /** An integer in decimal digits. */
  decimal(text: string): number | bigint {
    if (text.length > MAX_INTEGER_BYTES) throw beyondLimit(this.offset, "digits of an integer", MAX_INTEGER_BYTES);
    if (!/^[+-]?\d+$/.test(text)) throw this.invalid(`${shownName(text)} is no integer`);
    return exactInteger(BigInt(text.replace("+", "")));
  }

  float(text: string): number {
    const special = /^([+-]?)(?:(nan)|inf(?:inity)?)$/i.exec(text);
    if (special !== null)
      return special[2] === undefined ? (special[1] === "-" ? -1 : 1) * Number.POSITIVE_INFINITY : Number.NaN;
    if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) throw this.invalid(`${shownName(text)} is no number`);
    return Number(text);
  }

  line(): string {
    return latin1Text(this.reader.line());
  }

  invalid(what: string): JoblibError {
    return invalidPickle(this.offset, what);
  }

  unsupported(what: string): JoblibError {
    return new JoblibError("unsupported-pickle", `Byte ${this.offset}: ${what}.`, { offset: this.offset });
  }

  /** What is called may be what another call would give, as the classes within classes of old protocols are. */
  private calleeName(callee: PythonValue): string {
    if (callee instanceof PythonName) return callee.qualifiedName;
    if (callee instanceof PythonObject) return "(the result of a call)";
    throw this.invalid("what is called is no class or function");
  }

  private fill(dict: Map<PythonValue, PythonValue>, items: readonly PythonValue[]): Map<PythonValue, PythonValue> {
    if (items.length % 2 === 1) throw this.invalid("a key has no value");
    for (let place = 0; place < items.length; place += 2) dict.set(items[place]!, items[place + 1]!);
    return dict;
  }

  private requireHeight(count: number): void {
    if (this.stack.length - (this.marks.at(-1) ?? 0) < count) throw this.invalid("the stack has too few values");
  }
}
