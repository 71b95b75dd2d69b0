/** The methods that stream objects share: of TCP, of Unix sockets, and of serial lines. */

import { now } from '../../../core/timeout.ts';
import * as libc from '../../../posix/libc/functions.ts';
import type { Index, WasmPointer } from '../../api.ts';
import type { Bindings, Functions } from '../../bindings.ts';
import type { State } from '../../state.ts';
import { INT_MAX, whole } from '../base/whole.ts';
import { descriptorsOf } from './descriptors.ts';
import { type Gathered, memoryOf, SIZE } from './receive-buffer.ts';
import type { StreamSocket } from './stream-socket.ts';

/** The names of the classes of a domain; `any` is their group. */
export interface StreamClasses {
  readonly any: string;
  readonly master: string;
  readonly server: string;
  readonly client: string;
}

export const DEFAULT_BACKLOG = 32;
const HOW = ['receive', 'send', 'both'];

/** Methods of every stream object. */
export function streamMethods(machine: Bindings, { any, client }: Pick<StreamClasses, 'any' | 'client'>): Functions {
  const { gathered } = memoryOf(machine.vm);
  const object = (lua: State, expected: string): StreamSocket => machine.object<StreamSocket>(lua, 1, expected);

  return {
    send(lua) {
      const socket = object(lua, client);
      const data = lua.textAt(2);
      const size = lua.vm.outLength;
      let first = lua.isAbsent(3) ? 1 : whole(lua.number(3));
      let last = lua.isAbsent(4) ? size : whole(lua.number(4));
      if (first < 0) first += size + 1;
      if (last < 0) last += size + 1;
      if (first < 1) first = 1;
      if (last > size) last = size;
      const before = socket.sent;
      const wrong = first > last ? undefined : socket.send(data + first - 1, last - first + 1);
      const sent = first - 1 + socket.sent - before;
      return wrong === undefined ? lua.give(sent, null, null) : lua.refuse(wrong, sent);
    },

    receive: (lua) => receive(lua, object(lua, client), gathered),

    close(lua) {
      object(lua, any).close();
      return lua.give(1);
    },

    settimeout: (lua) => object(lua, any).timeouts.set(lua),

    getstats(lua) {
      const { input, receivedBefore, sent, born } = object(lua, client);
      return lua.give(receivedBefore + input.received, sent, (now() - born) / 1000);
    },
    setstats(lua) {
      const socket = object(lua, client);
      const [received, sent, age] = [2, 3, 4].map((argument) => lua.optNumber(argument, undefined));
      if (received !== undefined) socket.receivedBefore = whole(received) - socket.input.received;
      if (sent !== undefined) socket.sent = whole(sent);
      if (age !== undefined) socket.born = now() - age * 1000;
      return lua.give(1);
    },

    getfd: (lua) => lua.give(object(lua, any).fd),
    setfd(lua) {
      const assigned = descriptorsOf(machine).assign(object(lua, any), Math.trunc(lua.number(2)));
      return assigned ? 0 : lua.argumentError(2, 'no descriptor of this machine for such an object');
    },
    dirty: (lua) => lua.give(object(lua, any).dirty),
  };
}

/** Further methods of connections. `taken` makes the object for one that a server has accepted. */
export function connectionMethods<S extends StreamSocket>(
  machine: Bindings,
  { master, server, client }: StreamClasses,
  taken: (fd: number, server: S) => S,
): Functions {
  return {
    listen(lua) {
      const socket = machine.object<S>(lua, 1, master);
      const wrong = socket.listen(whole(lua.optNumber(2, DEFAULT_BACKLOG), INT_MAX));
      if (wrong !== undefined) return lua.refuse(wrong);
      machine.setClass(lua, 1, socket, server);
      return lua.give(1);
    },

    accept(lua) {
      const listening = machine.object<S>(lua, 1, server);
      const fd = listening.accept();
      if (typeof fd === 'string') return lua.refuse(fd);
      machine.pushObject(lua, taken(fd, listening));
      return 1;
    },

    shutdown(lua) {
      const socket = machine.object<S>(lua, 1, client);
      libc.shutdown(socket.fd, HOW.indexOf(choice(lua, 2, HOW, 'both')));
      return lua.give(1);
    },
  };
}

/**
 * `receive(pattern, prefix, most)`: what a pattern wants, or `nil, reason, partial`; `oversized` where it is longer than
 * `most`, as far as it goes, with nothing lost behind that.
 */
function receive(lua: State, socket: StreamSocket, gathered: Gathered): number {
  const { input, timeouts, fd } = socket;
  const { top } = lua;
  const hasPrefix = top > 2 && !lua.isAbsent(3);
  const prefixLength = hasPrefix ? lengthAt(lua, 3) : 0; // of two wrong arguments, LuaSocket tells of this one
  const pattern = top < 2 || lua.isAbsent(2) ? '*l' : patternAt(lua);
  const most = top < 4 || lua.isAbsent(4) ? Number.POSITIVE_INFINITY : mostAt(lua, pattern, prefixLength);
  if (pattern === '*l' && !hasPrefix && most === Number.POSITIVE_INFINITY) {
    const line = input.plainLine();
    if (line !== 0) return giveAt(lua, line, input.lineLength, top);
  }
  timeouts.begin();
  let wrong: string | undefined;
  if (typeof pattern === 'number' && pattern > 0 && pattern <= SIZE && !hasPrefix) {
    wrong = input.fill(fd, timeouts);
    const piece = wrong === undefined ? input.piece(pattern) : 0;
    if (piece !== 0) return giveAt(lua, piece, pattern, top);
  }
  gathered.begin();
  if (hasPrefix) gathered.add(lua.textAt(3), prefixLength);
  if (wrong !== undefined) return giveRefusal(lua, wrong, gathered);
  if (pattern === '*l') wrong = input.line(fd, timeouts, gathered, most);
  else if (pattern === '*a') wrong = input.all(fd, timeouts, gathered, most);
  // Nothing is to be read, and no bytes are there: LuaSocket waits until some are.
  else if (pattern === 0 && gathered.length === 0) wrong = input.fill(fd, timeouts);
  else wrong = input.exactly(pattern - gathered.length, fd, timeouts, gathered);

  if (wrong === undefined) return giveAt(lua, gathered.at, gathered.length, lua.top);
  return giveRefusal(lua, wrong, gathered);
}

/** The bytes, nil and nil, above a stack as high as `top`. */
function giveAt(lua: State, at: WasmPointer, length: number, top: Index): number {
  lua.pushBytes(at, length);
  lua.top = top + 3;
  return 3;
}

function giveRefusal(lua: State, wrong: string, { at, length }: Gathered): number {
  lua.refuse(wrong);
  lua.pushBytes(at, length);
  return 3;
}

/** A number, or a string that begins with one of two patterns. */
function patternAt(lua: State): '*l' | '*a' | number {
  if (lua.isNumeric(2)) {
    const count = lua.toNumber(2);
    if (count >= 0) return whole(count);
  } else {
    const at = lua.textAt(2);
    const { bytes } = lua.vm;
    if (bytes[at] === STAR) {
      if (bytes[at + 1] === L) return '*l';
      if (bytes[at + 1] === A) return '*a';
    }
  }
  return lua.argumentError(2, 'invalid receive pattern');
}

/** The most bytes that a receive may give. Raises where it could only fail. */
function mostAt(lua: State, pattern: '*l' | '*a' | number, prefixLength: number): number {
  const most = lua.integer(4);
  if (most < 1) lua.argumentError(4, 'maximum size must be positive');
  if (typeof pattern === 'number' && pattern > most) lua.argumentError(2, 'more than the maximum size');
  if (prefixLength >= most) lua.argumentError(3, 'prefix as long as the maximum size');
  return most;
}

/** How long the text of an argument is. */
function lengthAt(lua: State, argument: number): number {
  lua.textAt(argument);
  return lua.vm.outLength;
}

const STAR = 0x2a;
const L = 0x6c;
const A = 0x61;

/** An argument that is one of some words (`luaL_checkoption`). */
export function choice(lua: State, argument: number, words: readonly string[], otherwise: string): string {
  const word = lua.optText(argument, otherwise);
  return words.includes(word) ? word : lua.argumentError(argument, `invalid option '${word}'`);
}
