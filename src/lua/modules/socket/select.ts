/**
 * `socket.select`: over objects of ours, and over any table that has `getfd` and `dirty`. Descriptors may have any number; a
 * poll(2) has no FD_SETSIZE.
 */

import { Failure, TIMED_OUT } from '../../../core/errors.ts';
import { deadlineAt, NO_DEADLINE, NO_WAIT, now } from '../../../core/timeout.ts';
import { INVALID, pollUntil, READABLE, WRITABLE } from '../../../posix/wait.ts';
import { LUA_TNIL, LUA_TNUMBER, LUA_TSTRING, LUA_TTABLE, LUA_TUSERDATA } from '../../api.ts';
import type { Bindings, HostObject } from '../../bindings.ts';
import { Raise } from '../../errors.ts';
import type { HostFunction, State } from '../../state.ts';
import { INT_MAX, whole } from '../base/whole.ts';
import { descriptorsOf } from './descriptors.ts';

/** The fields of our objects; any other object is asked by its methods. */
export interface LuaSelectable extends HostObject {
  readonly fd: number;
  readonly dirty: boolean;
}

/** An element of a list: which one, and its descriptor. */
interface Candidate {
  readonly index: number;
  readonly fd: number;
}

/** Seconds from which on a C int has no room for them. */
const TOO_LONG = 2_147_483_648;
const LISTS = [1, 2] as const;

export function select(machine: Bindings): HostFunction {
  return (lua) => {
    lua.top = 3;
    const timeout = lua.optNumber(3, -1);
    if (timeout >= TOO_LONG) throw new Raise('select failed');
    const [reading, writing] = LISTS.map((list) => candidates(machine, lua, list)) as [Candidate[], Candidate[]];
    const dirty = reading.filter(({ index }) => isDirty(machine, lua, index));
    const asked = reading.filter((one) => !dirty.includes(one));
    const fds = pollfds(asked, writing);
    const found = pollUntil(
      fds,
      fds.length / 2,
      dirty.length > 0 ? NO_WAIT : timeout < 0 ? NO_DEADLINE : deadlineAt(now() + timeout * 1000, undefined),
    );
    if (found instanceof Failure && found !== TIMED_OUT) throw new Raise('select failed');
    for (let i = 1; i < fds.length; i += 2) {
      if (((fds[i]! >>> 16) & INVALID) !== 0) throw new Raise('select failed');
    }
    const readable = [...dirty, ...chosen(asked, fds, 0)];
    const writable = chosen(writing, fds, asked.length);
    pushSelected(lua, 1, readable);
    pushSelected(lua, 2, writable);
    if (readable.length + writable.length > 0) return 2;
    lua.pushWord('timeout');
    return 3;
  };
}

/** The elements of a list that have a descriptor, up to the first nil. */
function candidates(machine: Bindings, lua: State, list: number): Candidate[] {
  const found: Candidate[] = [];
  if (lua.isAbsent(list)) return found;
  lua.table(list);
  for (let index = 1; ; index++) {
    const type = lua.getItem(list, index);
    if (type === LUA_TNIL) {
      lua.pop();
      return found;
    }
    const fd = descriptorOf(machine, lua, type);
    lua.pop();
    if (fd >= 0) found.push({ index, fd });
  }
}

/** The descriptor of the value on top; -1 where there is none. */
function descriptorOf(machine: Bindings, lua: State, type: number): number {
  if (type === LUA_TUSERDATA) {
    const object = machine.toObject(lua, -1) as LuaSelectable | undefined;
    if (object !== undefined) return object.fd;
  }
  if (type === LUA_TSTRING) return -1;
  if (type !== LUA_TTABLE && type !== LUA_TUSERDATA) throw new Raise(`attempt to index a ${lua.typeName(-1)} value`, 0);
  if (lua.getField(-1, 'getfd') === LUA_TNIL) {
    lua.pop();
    return -1;
  }
  lua.pushCopy(-2);
  lua.call(1, 1);
  const fd = lua.type(-1) === LUA_TNUMBER ? whole(lua.toNumber(-1), INT_MAX) : -1;
  lua.pop();
  if (fd >= 0 && !descriptorsOf(machine).has(fd)) throw new Raise(`select: ${fd} is no descriptor of this machine`);
  return fd;
}

/** Whether an element of the first list has bytes that were not received yet. */
function isDirty(machine: Bindings, lua: State, index: number): boolean {
  lua.getItem(1, index);
  const object = machine.toObject(lua, -1) as LuaSelectable | undefined;
  if (object !== undefined) {
    lua.pop();
    return object.dirty;
  }
  let dirty = false;
  if (lua.getField(-1, 'dirty') !== LUA_TNIL) {
    lua.pushCopy(-2);
    lua.call(1, 1);
    dirty = lua.truthy(-1);
  }
  lua.pop(2);
  return dirty;
}

function pollfds(reading: readonly Candidate[], writing: readonly Candidate[]): Int32Array {
  const fds = new Int32Array((reading.length + writing.length) * 2);
  [...reading, ...writing].forEach(({ fd }, i) => {
    fds[i * 2] = fd;
    fds[i * 2 + 1] = i < reading.length ? READABLE : WRITABLE;
  });
  return fds;
}

/** Those that are ready, by their descriptors, each once: of two with the same one, the last. */
function chosen(candidates: readonly Candidate[], fds: Int32Array, first: number): Candidate[] {
  const ready = new Map<number, Candidate>();
  candidates.forEach((one, i) => {
    if (fds[(first + i) * 2 + 1]! >>> 16 !== 0) ready.set(one.fd, one);
  });
  return [...ready.values()].sort((a, b) => a.fd - b.fd);
}

/** A table of elements: each at its place, and its place by itself. */
function pushSelected(lua: State, list: number, selected: readonly Candidate[]): void {
  lua.newTable(selected.length, selected.length);
  selected.forEach(({ index }, i) => {
    lua.getItem(list, index);
    lua.pushCopy(-1);
    lua.setItem(-3, i + 1);
    lua.push(i + 1);
    lua.setRaw(-3);
  });
}
