/** The module `mime.core`: the codecs of `src/mime`, with LuaSocket's arguments and results. */
import { b64, unb64 } from '../../../mime/base64.ts';
import type { Coded, Counted } from '../../../mime/bytes.ts';
import { dot, eol } from '../../../mime/lines.ts';
import { qp, unqp } from '../../../mime/quoted-printable.ts';
import { LINE_LENGTH, qpwrp, wrp } from '../../../mime/wrap.ts';
import type { Index } from '../../api.ts';
import type { Bindings, Functions } from '../../bindings.ts';
import type { HostFunction, State } from '../../state.ts';
import { OutOfMemory } from '../../vm.ts';

const VERSION = 'MIME 1.0.3';
const LINE_END = '\r\n';
/** The C int that x86 makes of a number that does not fit into one. */
const NO_INT = -2_147_483_648;
/** A marker is a line end. The codecs make room for thousands of them at once. */
const LONGEST_MARKER = 4096;
const LF = 10;
const CR = 13;

export function open(machine: Bindings): HostFunction {
  return (lua) => {
    lua.newTable();
    machine.setFunctions(lua, FUNCTIONS);
    lua.push(VERSION);
    lua.setField(-2, '_VERSION');
    return 1;
  };
}

const FUNCTIONS: Functions = {
  b64: (lua) => code(lua, b64),
  unb64: (lua) => code(lua, unb64),
  unqp: (lua) => code(lua, unqp),
  qp(lua) {
    bytesAt(lua, 1); // an argument that is no text is refused before a wrong marker
    const marker = markerAt(lua, 3);
    return code(lua, (first, second) => {
      checkRoom(lua, second ?? first, marker);
      return qp(first, second, marker);
    });
  },
  wrp: (lua) => wrapped(lua, wrp),
  qpwrp: (lua) => wrapped(lua, qpwrp),
  eol(lua) {
    const context = lua.integer(1) | 0;
    const place = bytesAt(lua, 2);
    const marker = markerAt(lua, 3);
    const text = view(lua, place);
    if (text !== null) checkRoom(lua, text, marker);
    return counted(lua, eol(context, text, marker));
  },
  dot(lua) {
    const state = Math.trunc(lua.number(1));
    const text = view(lua, bytesAt(lua, 2));
    return counted(lua, dot(Number.isSafeInteger(state) ? state : 0, text));
  },
};

/** A place of bytes in the machine's memory. Take one after the other: writing a number as text may move them all. */
interface LentBytes {
  readonly at: number;
  readonly length: number;
}

/** An argument that is a string, a number, or absent. */
function bytesAt(lua: State, argument: Index): LentBytes | null {
  if (lua.isAbsent(argument)) return null;
  const pointer = lua.textAt(argument);
  const length = lua.vm.outLength;
  return { at: lua.vm.inside(pointer, length), length };
}

/** The bytes themselves, until Lua is called again. The codecs copy what they keep. */
function view(lua: State, place: LentBytes): Buffer;
function view(lua: State, place: LentBytes | null): Buffer | null;
function view(lua: State, place: LentBytes | null): Buffer | null {
  return place === null ? null : lua.vm.bytes.subarray(place.at, place.at + place.length);
}

/** A marker ends before a NUL, as text does in C. */
function markerAt(lua: State, argument: Index): Buffer {
  const marker = lua.optText(argument, LINE_END);
  if (marker.length > LONGEST_MARKER) lua.argumentError(argument, 'marker too long');
  const end = marker.indexOf('\0');
  return Buffer.from(end < 0 ? marker : marker.slice(0, end), 'latin1');
}

/** Output is made outside of the machine's memory, and must fit into it all the same: a long marker may make it huge. */
function checkRoom(lua: State, text: Buffer, marker: Buffer): void {
  if (text.length * marker.length <= lua.vm.limit) return;
  let lineEnds = 0;
  for (const byte of text) if (byte === LF || byte === CR) lineEnds++;
  if (lineEnds * marker.length > lua.vm.limit) throw new OutOfMemory();
}

function code(lua: State, codec: (first: Buffer, second: Buffer | null) => Coded): number {
  const first = bytesAt(lua, 1);
  if (first === null) return lua.give(null, null);
  const second = bytesAt(lua, 2);
  return lua.give(...codec(view(lua, first), view(lua, second)));
}

function wrapped(lua: State, codec: (left: number, text: Buffer | null, length: number) => Counted): number {
  const left = toInt(lua.number(1));
  const text = bytesAt(lua, 2);
  const length = toInt(lua.optNumber(3, LINE_LENGTH));
  return counted(lua, codec(left, view(lua, text), length));
}

function counted(lua: State, [output, next]: Counted): number {
  return lua.give(output, next);
}

function toInt(value: number): number {
  const whole = Math.trunc(value);
  return (whole | 0) === whole ? whole | 0 : NO_INT;
}
