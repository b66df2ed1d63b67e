import type { PickleMachine } from "./pickle.js";
import { PythonTuple, type PythonValue } from "./python-value.js";
import { latin1Text, rawUnicodeText, reprText, utf8Text } from "./text.js";

/** Ends a pickle. */
export const STOP = 0x2e;

type Opcode = (machine: PickleMachine) => void;

/**
 * What each opcode does, by the names and codes of Python's `pickletools`. Missing are those that would reach outside of the
 * file, which are refused below, and `STOP`, which ends the reading.
 */
const BY_NAME: Readonly<Record<string, readonly [code: number, run: Opcode]>> = {
  PROTO: [0x80, (m) => m.setProtocol(m.reader.uint8())],
  FRAME: [0x95, (m) => m.frame()],

  NONE: [0x4e, (m) => m.push(null)],
  NEWTRUE: [0x88, (m) => m.push(true)],
  NEWFALSE: [0x89, (m) => m.push(false)],
  INT: [0x49, (m) => m.push(intOrBool(m))],
  BININT: [0x4a, (m) => m.push(m.reader.int32())],
  BININT1: [0x4b, (m) => m.push(m.reader.uint8())],
  BININT2: [0x4d, (m) => m.push(m.reader.uint16())],
  LONG: [0x4c, (m) => m.push(m.decimal(m.line().replace(/L$/, "")))],
  LONG1: [0x8a, (m) => m.push(m.integer(m.reader.uint8()))],
  LONG4: [0x8b, (m) => m.push(m.integer(m.reader.uint32()))],
  FLOAT: [0x46, (m) => m.push(m.float(m.line()))],
  BINFLOAT: [0x47, (m) => m.push(m.reader.float64())],

  // Texts of Python 2: its bytes, one character each.
  STRING: [0x53, (m) => m.push(reprText(m.reader.line(), m.offset))],
  BINSTRING: [0x54, (m) => m.push(latin1Text(m.reader.take(m.reader.uint32())))],
  SHORT_BINSTRING: [0x55, (m) => m.push(latin1Text(m.reader.take(m.reader.uint8())))],
  UNICODE: [0x56, (m) => m.push(rawUnicodeText(m.reader.line(), m.offset))],
  SHORT_BINUNICODE: [0x8c, (m) => m.push(utf8Text(m.reader.take(m.reader.uint8())))],
  BINUNICODE: [0x58, (m) => m.push(utf8Text(m.reader.take(m.reader.uint32())))],
  BINUNICODE8: [0x8d, (m) => m.push(utf8Text(m.reader.take(m.reader.length64())))],
  SHORT_BINBYTES: [0x43, (m) => m.push(m.reader.take(m.reader.uint8()))],
  BINBYTES: [0x42, (m) => m.push(m.reader.take(m.reader.uint32()))],
  BINBYTES8: [0x8e, (m) => m.push(m.reader.take(m.reader.length64()))],
  BYTEARRAY8: [0x96, (m) => m.push(m.reader.take(m.reader.length64()))],

  EMPTY_TUPLE: [0x29, (m) => m.push(new PythonTuple([]))],
  TUPLE1: [0x85, (m) => m.push(new PythonTuple(m.take(1)))],
  TUPLE2: [0x86, (m) => m.push(new PythonTuple(m.take(2)))],
  TUPLE3: [0x87, (m) => m.push(new PythonTuple(m.take(3)))],
  TUPLE: [0x74, (m) => m.push(new PythonTuple(m.takeMarked()))],
  EMPTY_LIST: [0x5d, (m) => m.push([])],
  LIST: [0x6c, (m) => m.push(m.takeMarked())],
  APPEND: [0x61, (m) => m.append(m.take(1))],
  APPENDS: [0x65, (m) => m.append(m.takeMarked())],
  EMPTY_DICT: [0x7d, (m) => m.push(new Map())],
  DICT: [0x64, (m) => m.push(m.dict(m.takeMarked()))],
  SETITEM: [0x73, (m) => m.setItems(m.take(2))],
  SETITEMS: [0x75, (m) => m.setItems(m.takeMarked())],
  EMPTY_SET: [0x8f, (m) => m.push(new Set())],
  ADDITEMS: [0x90, (m) => m.addItems(m.takeMarked())],
  FROZENSET: [0x91, (m) => m.push(new Set(m.takeMarked()))],

  MARK: [0x28, (m) => m.mark()],
  POP: [0x30, (m) => m.drop()],
  POP_MARK: [0x31, (m) => void m.takeMarked()],
  DUP: [0x32, (m) => m.push(m.top())],
  GET: [0x67, (m) => m.recall(m.place())],
  BINGET: [0x68, (m) => m.recall(m.reader.uint8())],
  LONG_BINGET: [0x6a, (m) => m.recall(m.reader.uint32())],
  PUT: [0x70, (m) => m.remember(m.place(), m.top())],
  BINPUT: [0x71, (m) => m.remember(m.reader.uint8(), m.top())],
  LONG_BINPUT: [0x72, (m) => m.remember(m.reader.uint32(), m.top())],
  MEMOIZE: [0x94, (m) => m.memoize()],

  GLOBAL: [0x63, (m) => m.push(m.name(utf8Text(m.reader.line()), utf8Text(m.reader.line())))],
  STACK_GLOBAL: [
    0x93,
    (m) => {
      const [module, name] = m.take(2) as [PythonValue, PythonValue];
      m.push(m.name(module, name));
    },
  ],
  REDUCE: [
    0x52,
    (m) => {
      const [callee, args] = m.take(2) as [PythonValue, PythonValue];
      m.push(m.call(callee, args));
    },
  ],
  BUILD: [0x62, (m) => m.build()],
  INST: [
    0x69,
    (m) => {
      const name = m.name(utf8Text(m.reader.line()), utf8Text(m.reader.line()));
      m.push(m.instance(name, new PythonTuple(m.takeMarked())));
    },
  ],
  OBJ: [
    0x6f,
    (m) => {
      const [type, ...args] = m.takeMarked();
      m.push(m.instance(type ?? null, new PythonTuple(args)));
    },
  ],
  NEWOBJ: [
    0x81,
    (m) => {
      const [type, args] = m.take(2) as [PythonValue, PythonValue];
      m.push(m.instance(type, args));
    },
  ],
  NEWOBJ_EX: [
    0x92,
    (m) => {
      const [type, args, named] = m.take(3) as [PythonValue, PythonValue, PythonValue];
      const object = m.instance(type, args);
      object.keywords = named;
      m.push(object);
    },
  ],

  PERSID: [0x50, refused("a persistent id stands for something outside of the file")],
  BINPERSID: [0x51, refused("a persistent id stands for something outside of the file")],
  EXT1: [0x82, refused("an extension code stands for a name outside of the file")],
  EXT2: [0x83, refused("an extension code stands for a name outside of the file")],
  EXT4: [0x84, refused("an extension code stands for a name outside of the file")],
  NEXT_BUFFER: [0x97, refused("a buffer lies outside of the file")],
  READONLY_BUFFER: [0x98, refused("a buffer lies outside of the file")],
};

/** The opcodes by code. */
export const OPCODES: readonly (Opcode | undefined)[] = /* @__PURE__ */ byCode();

function byCode(): (Opcode | undefined)[] {
  const table = new Array<Opcode | undefined>(256).fill(undefined);
  for (const [code, run] of Object.values(BY_NAME)) table[code] = run;
  return table;
}

function refused(why: string): Opcode {
  return (m) => {
    throw m.unsupported(why);
  };
}

/** Protocol 0 and 1 write bools as `00` and `01`. */
function intOrBool(m: PickleMachine): boolean | number | bigint {
  const line = m.line().trim();
  return line === "00" || line === "01" ? line === "01" : m.decimal(line);
}
