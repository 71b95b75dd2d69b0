/**
 * Bytes that have arrived, and LuaSocket's receive patterns. Everything is in the machine's memory: the kernel writes there,
 * and Lua makes its strings from there.
 */

import * as libc from '../../../posix/libc/functions.ts';
import { C } from '../../../posix/libc/functions.ts';
import { mayBlock, READABLE } from '../../../posix/wait.ts';
import type { WasmPointer } from '../../api.ts';
import type { Vm } from '../../vm.ts';
import type { LuaTimeouts } from './timeouts.ts';

/** How large the buffer of a socket is at first. */
export const SIZE = 8192;
/** How large the buffer of a socket gets whose peer fills it. */
const LARGEST = 65_536;
const LF = 10;
const CR = 13;

/** Addresses of the machine's memory for the system's C. Each is checked together with the length of the access. */
export class Outside {
  readonly #vm: Vm;
  #base = 0;
  #growths = 0;

  constructor(vm: Vm) {
    this.#vm = vm;
  }

  address(at: WasmPointer, length: number): number {
    const vm = this.#vm;
    if (this.#growths !== vm.growths) {
      this.#base = Number(libc.addressOf(vm.bytes));
      this.#growths = vm.growths;
    }
    return this.#base + vm.inside(at, length);
  }
}

/** The bytes that a receive gathers. One serves all of a machine, since no receive begins within another. */
export class Gathered {
  readonly #vm: Vm;
  #capacity = 0;
  at: WasmPointer = 0;
  length = 0;

  constructor(vm: Vm) {
    this.#vm = vm;
  }

  /** Memory of a large receive is not kept. */
  begin(): void {
    this.length = 0;
    if (this.#capacity <= KEPT) return;
    this.#vm.api.free(this.at);
    this.at = 0;
    this.#capacity = 0;
  }

  /** Makes room for `size` bytes more, and returns its place. */
  room(size: number): WasmPointer {
    const wanted = this.length + size;
    if (wanted > this.#capacity) {
      const capacity = Math.max(wanted, this.#capacity * 2, SIZE);
      // realloc extends a block into free memory behind it, and copies it otherwise. Memory that C has not had yet is not free.
      this.#vm.api.free(this.#vm.allocate(capacity - this.#capacity));
      this.at = this.#vm.reallocate(this.at, capacity);
      this.#capacity = capacity;
    }
    return this.at + this.length;
  }

  /** How much room there is. */
  get free(): number {
    return this.#capacity - this.length;
  }

  add(from: WasmPointer, size: number): void {
    const to = this.room(size);
    this.#vm.bytes.copyWithin(to, from, from + size);
    this.length += size;
  }
}

const KEPT = 262_144;

/** Memory that all sockets of a machine share. */
interface SharedMemory {
  readonly outside: Outside;
  readonly gathered: Gathered;
}

const shared = new WeakMap<Vm, SharedMemory>();

export function memoryOf(vm: Vm): SharedMemory {
  let memory = shared.get(vm);
  if (memory === undefined) {
    memory = { outside: new Outside(vm), gathered: new Gathered(vm) };
    shared.set(vm, memory);
  }
  return memory;
}

export class Input {
  readonly #vm: Vm;
  readonly #outside: Outside;
  readonly #recv: typeof libc.recvAt;
  /** The place of the buffer; 0 before the first receive. */
  #buffer: WasmPointer = 0;
  #size = SIZE;
  #first = 0;
  #last = 0;
  /** Whether the last failure was the end, and not a reset, which LuaSocket calls by the same word. */
  #ended = false;
  /** Bytes that receives have consumed. */
  received = 0;

  constructor(vm: Vm, recv: typeof libc.recvAt) {
    this.#vm = vm;
    this.#outside = memoryOf(vm).outside;
    this.#recv = recv;
  }

  get dirty(): boolean {
    return this.#first < this.#last;
  }

  free(): void {
    this.#vm.api.free(this.#buffer);
    this.#buffer = 0;
    this.#first = 0;
    this.#last = 0;
  }

  /** Waits until there is a byte in the buffer; what is wrong, if so. */
  fill(fd: number, timeouts: LuaTimeouts): string | undefined {
    if (this.dirty) return undefined;
    if (this.#last === this.#size && this.#size < LARGEST) {
      this.#vm.api.free(this.#buffer);
      this.#buffer = 0;
      this.#size *= 2;
    }
    if (this.#buffer === 0) this.#buffer = this.#vm.allocate(this.#size);
    const got = this.#receive(fd, this.#buffer, this.#size, timeouts);
    if (typeof got === 'string') return got;
    this.#first = 0;
    this.#last = got;
    return undefined;
  }

  /**
   * Finds a line at hand that has nothing before it, and no CR in it but the one at its end. Returns its place, and 0 if there is
   * none; its length is in `lineLength`. It looks at words of four bytes: a native search would cost as much as the line.
   */
  plainLine(): WasmPointer {
    const { bytes, words } = this.#vm;
    const begin = this.#buffer + this.#first;
    const end = this.#buffer + this.#last;
    for (let i = begin; i < end; i++) {
      if ((i & 3) === 0) while (i + 4 <= end && !hasControl(words[i >> 2]!)) i += 4;
      if (i >= end) break;
      const byte = bytes[i]!;
      if (byte === LF) return this.#takeLine(begin, i, i);
      if (byte === CR) return bytes[i + 1] === LF && i + 1 < end ? this.#takeLine(begin, i, i + 1) : 0;
    }
    return 0;
  }

  lineLength = 0;

  /** Takes this many bytes that are at hand, and returns their place; 0 if there are fewer. */
  piece(count: number): WasmPointer {
    if (this.#last - this.#first < count) return 0;
    const at = this.#buffer + this.#first;
    this.#consume(count);
    return at;
  }

  #takeLine(begin: WasmPointer, end: WasmPointer, lf: WasmPointer): WasmPointer {
    this.lineLength = end - begin;
    this.#consume(lf + 1 - begin);
    return begin;
  }

  /** Gathers a line of `most` bytes at most, without any CR. */
  line(fd: number, timeouts: LuaTimeouts, into: Gathered, most: number): string | undefined {
    for (;;) {
      const wrong = this.fill(fd, timeouts);
      if (wrong !== undefined) return withRoom(wrong, into, most);
      into.room(this.#last - this.#first); // before the memory is looked at: it may grow
      const { bytes } = this.#vm;
      let to = into.at + into.length;
      let i = this.#buffer + this.#first;
      const end = this.#buffer + this.#last;
      const full = into.at + most;
      let byte = 0;
      for (; i < end; i++) {
        byte = bytes[i]!;
        if (byte === LF || (byte !== CR && to === full)) break;
        if (byte !== CR) bytes[to++] = byte;
      }
      const found = i < end;
      const ended = found && byte === LF;
      into.length = to - into.at;
      this.#consume(i + (ended ? 1 : 0) - this.#buffer - this.#first);
      if (found) return ended ? undefined : OVERSIZED;
    }
  }

  /** Gathers `count` bytes. Whole buffers of them go to their place at once. */
  exactly(count: number, fd: number, timeouts: LuaTimeouts, into: Gathered): string | undefined {
    while (count > 0) {
      if (!this.dirty && count >= SIZE) {
        const size = Math.min(count - (count % SIZE), LARGE);
        const got = this.#receive(fd, into.room(size), size, timeouts);
        if (typeof got === 'string') return got;
        into.length += got;
        this.received += got;
        count -= got;
        continue;
      }
      const wrong = this.fill(fd, timeouts);
      if (wrong !== undefined) return wrong;
      const size = Math.min(count, this.#last - this.#first);
      into.add(this.#buffer + this.#first, size);
      this.#consume(size);
      count -= size;
    }
    return undefined;
  }

  /** Gathers everything until the end, `most` bytes at most; `closed` only if there was nothing. */
  all(fd: number, timeouts: LuaTimeouts, into: Gathered, most: number): string | undefined {
    const before = into.length;
    const held = Math.min(this.#last - this.#first, most - before);
    into.add(this.#buffer + this.#first, held);
    this.#consume(held);
    while (into.length < most) {
      const at = into.room(SIZE);
      const got = this.#receive(fd, at, Math.min(into.free, LARGE, most - into.length), timeouts);
      if (got === 'closed' && this.#ended) return into.length > before ? undefined : got;
      if (typeof got === 'string') return got;
      into.length += got;
      this.received += got;
    }
    // It may be all there is.
    const wrong = this.fill(fd, timeouts);
    if (wrong === undefined) return OVERSIZED;
    return wrong === 'closed' && this.#ended ? undefined : withRoom(wrong, into, most);
  }

  #consume(size: number): void {
    this.#first += size;
    this.received += size;
  }

  #receive(fd: number, at: WasmPointer, size: number, timeouts: LuaTimeouts): number | string {
    this.#ended = fd < 0;
    if (fd < 0) return 'closed';
    const flags = mayBlock(timeouts.deadline) ? 0 : C.MSG_DONTWAIT;
    for (;;) {
      const length = this.#recv(fd, this.#outside.address(at, size), size, flags);
      if (length > 0) return length;
      if (length === 0) {
        this.#ended = true;
        return 'closed';
      }
      const wrong = timeouts.afterFailure(fd, READABLE);
      if (wrong !== undefined) return wrong;
    }
  }
}

/** The reason of a receive that has reached its limit before the end. */
const OVERSIZED = 'oversized';

/** A program that goes on after a timeout passes the part as a prefix, which has to leave room. */
function withRoom(wrong: string, { length }: Gathered, most: number): string {
  return wrong === 'timeout' && length === most ? OVERSIZED : wrong;
}

/** The most that one receive asks for: memory grows with the bytes that come, not with the number that a program names. */
const LARGE = 1_048_576;

/** Whether one of four bytes is below 14, as LF and CR are: it borrows from its highest bit, which was not set. */
function hasControl(word: number): boolean {
  return ((word - 0x0e0e0e0e) & ~word & 0x80808080) !== 0;
}
