/**
 * One Lua machine: its memory, its C API, and how errors cross between C and JavaScript. What knows pointers is here,
 * in `state.ts`, and in `host/system.ts`, which is the machine's kernel.
 *
 * **Errors.** C unwinds by longjmp, which in WebAssembly is an exception: a number, thrown through all frames up to the
 * nearest `invoke_vii`, which stands where lua_pcall has its setjmp. JavaScript's frames in between are unwound as by any
 * exception, `finally` included. So a host function may call what raises (`luaL_checknumber`), and may itself throw: what
 * is no longjmp becomes a Lua error in that same place, where Lua still knows the function that was running.
 */
import { lengthOf } from '../core/data.ts';
import type { LuaApi, Thread, WasmPointer } from './api.ts';
import { compiledEngine } from './engine.ts';
import { Exit, Raise } from './errors.ts';
import { append, type CFunction } from './functions.ts';

/** The value that emscripten_longjmp throws here: no host function can throw it. */
const LONGJMP: unique symbol = Symbol('longjmp');
/** The index, in words, of the innermost protected call in a `lua_State` (lstate.h, Lua 5.4, 32 bits). */
const ERROR_JUMP = 48 >> 2;
const PAGE = 65_536;
/** Memory grows by a fifth at least, and at most by 96 MiB more than is needed. */
const GROWTH = 1.2;
const MOST_GROWTH = 100_663_296;
/** The most memory that the engine may have, in bytes: it declares this limit. */
export const MEMORY_LIMIT = 2_147_483_648;
/** After as many failures for want of stack, an error is left to the protected call around. */
const MOST_OVERFLOWS = 3;
/** Text up to here goes through one place. */
const SCRATCH = 4096;

/** Functions that the engine imports, by name. */
export type SystemCalls = Readonly<Record<string, (...args: never[]) => unknown>>;

/** The system calls that the engine imports: see `host/system.ts`. */
export interface System {
  readonly env: SystemCalls;
  readonly wasi: SystemCalls;
}

/** Hears of protected calls. */
export interface Counter {
  /** One begins on a coroutine; returns which one ran before. */
  enter(L: Thread): Thread;
  leave(before: Thread): void;
}

/** Puts on a thread's stack the error value for what JavaScript has thrown. */
export type Translate = (L: Thread, thrown: unknown) => void;

export class Vm {
  readonly api: LuaApi;
  /** All memory. It is another object after memory has grown: take it anew after each call that may allocate. */
  bytes!: Buffer;
  words!: Int32Array;
  #size = 0;
  /** Room for lengths and the like, which C writes and we read at once. */
  readonly out: WasmPointer;
  readonly #outWord: number;
  /** Counts the growths: an address of memory outside (see `blocking/`) is good until it changes. */
  growths = 0;
  /** Counts instructions, if there is a limit. */
  meter: Counter | undefined;
  readonly #scratch: WasmPointer;
  #lent = false;
  /** Bytes that the machine may have. */
  readonly limit: number;
  readonly #words = new Map<string, WasmPointer>();
  readonly #calls: ((L: Thread, data: WasmPointer) => void)[] = [];

  constructor(system: (vm: Vm) => System, translate: Translate, memoryLimit: number = MEMORY_LIMIT) {
    this.limit = memoryLimit;
    const own = {
      abort: () => {
        throw new Error('the Lua machine gave up');
      },
      invoke_vii: (index: number, L: Thread, data: WasmPointer) => this.#invoke(index, L, data, translate),
      emscripten_resize_heap: (size: number) => this.#grow(size >>> 0),
      _emscripten_throw_longjmp: () => {
        throw LONGJMP;
      },
    };
    const { env, wasi } = system(this);
    const instance = new WebAssembly.Instance(compiledEngine(), {
      env: { ...own, ...env },
      wasi_snapshot_preview1: wasi,
    });
    this.api = instance.exports as unknown as LuaApi;
    this.#view();
    this.api.emscripten_stack_init();
    this.api.__wasm_call_ctors();
    this.out = this.api.malloc(16);
    this.#outWord = this.out >> 2;
    this.#scratch = this.api.malloc(SCRATCH + 1);
  }

  /** Appends to the table JavaScript functions that take a `lua_State *` and return the number of results. */
  functions(list: readonly ((L: Thread) => number)[]): void {
    append(this.api.__indirect_function_table, list as readonly CFunction[], 1, true);
  }

  /** Appends a `lua_Hook` to the table, and returns its index. */
  hook(hook: (L: Thread, event: WasmPointer) => void): number {
    return append(this.api.__indirect_function_table, [hook as CFunction], 2, false);
  }

  /** A word of our sources as a C string. It is never freed, so only constants belong here. */
  word(text: string): WasmPointer {
    let at = this.#words.get(text);
    if (at === undefined) {
      at = this.api.malloc(text.length + 1);
      this.bytes[at + this.bytes.write(text, at, 'latin1')] = 0;
      this.#words.set(text, at);
    }
    return at;
  }

  /**
   * Lends text to C for the duration of one call, with a NUL behind it. A string's characters are bytes (latin1).
   */
  lend<T>(text: string | Uint8Array, use: (at: WasmPointer, length: number) => T): T {
    const length = typeof text === 'string' ? text.length : lengthOf(text);
    // While C has it, a finalizer may run and lend something else.
    const inScratch = length <= SCRATCH && !this.#lent;
    const at = inScratch ? this.#scratch : this.allocate(length + 1);
    if (inScratch) this.#lent = true;
    try {
      if (typeof text === 'string') this.bytes.write(text, at, 'latin1');
      else this.bytes.set(text, at);
      this.bytes[at + length] = 0;
      return use(at, length);
    } finally {
      if (inScratch) this.#lent = false;
      else this.api.free(at);
    }
  }

  /** Memory of C's, to be freed by `api.free`. */
  allocate(size: number): WasmPointer {
    return this.reallocate(0, size);
  }

  reallocate(memory: WasmPointer, size: number): WasmPointer {
    const at = this.api.realloc(memory, size);
    if (at === 0) throw new OutOfMemory();
    return at;
  }

  /**
   * Checks a place that C names: `length` bytes from there are in this memory. Returns it as a number from 0 on. Every address
   * that is read from or given to the system goes through here, since precompiled code, which Lua does not check, may name any.
   *
   * @throws Raise for memory outside
   */
  inside(at: WasmPointer, length: number): WasmPointer {
    at >>>= 0;
    if (length >= 0 && at + length <= this.#size) return at;
    throw new Raise('memory outside of the Lua machine', 0);
  }

  /** A length that C has written to `out`. */
  get outLength(): number {
    return this.words[this.#outWord]! >>> 0;
  }

  text(at: WasmPointer, length: number): string {
    at = this.inside(at, length);
    return this.bytes.toString('latin1', at, at + length);
  }

  /** Text that ends in NUL. */
  cText(pointer: WasmPointer): string {
    const { at, end } = this.textRange(pointer);
    return this.bytes.toString('latin1', at, end);
  }

  /** The beginning of such text, and the place of its NUL. */
  textRange(pointer: WasmPointer): { readonly at: number; readonly end: number } {
    const at = this.inside(pointer, 1);
    const end = this.bytes.indexOf(0, at);
    return { at, end: end < 0 ? this.#size : end };
  }

  /** Begins a protected call. */
  #invoke(index: number, L: Thread, data: WasmPointer, translate: Translate): void {
    const { api, meter } = this;
    const stack = api.stackSave();
    const jump = this.words[(L >> 2) + ERROR_JUMP]!;
    const before = meter === undefined ? 0 : meter.enter(L);
    let call = this.#calls[index];
    if (call === undefined) {
      call = api.__indirect_function_table.get(index) as (L: Thread, data: WasmPointer) => void;
      this.#calls[index] = call;
    }
    try {
      call(L, data);
    } catch (thrown) {
      if (thrown !== LONGJMP) {
        // It may have passed the beginning of another protected call, which the host's stack had no room for.
        this.words[(L >> 2) + ERROR_JUMP] = jump;
        this.#raise(L, thrown, translate);
      }
      api.stackRestore(stack);
      api.setThrew(1, 0);
    }
    if (meter !== undefined) meter.leave(before);
  }

  /** Raises what was thrown as an error of Lua: C sees its own longjmp. */
  #raise(L: Thread, thrown: unknown, translate: Translate): void {
    // A message handler that fails makes another error, which Lua counts and ends. Where the host's stack has no room for
    // saying so, there is more for the protected call around this one.
    for (let overflows = 0; thrown !== LONGJMP; ) {
      if (thrown instanceof Exit || (isStackOverflow(thrown) && overflows++ === MOST_OVERFLOWS)) throw thrown;
      try {
        this.meter?.enter(L); // message handlers count, that of the meter's own error, too
        translate(L, thrown);
        this.api.lua_error(L);
      } catch (next) {
        thrown = next;
      }
    }
  }

  #grow(size: number): number {
    const { memory } = this.api;
    const now = memory.buffer.byteLength;
    if (size > this.limit) return 0;
    const wanted = Math.min(Math.max(size, now * GROWTH), size + MOST_GROWTH, this.limit);
    try {
      memory.grow(Math.max(Math.floor(wanted / PAGE), Math.ceil(size / PAGE)) - now / PAGE);
    } catch {
      return 0; // the host has no more
    }
    this.#view();
    return 1;
  }

  #view(): void {
    const { buffer } = this.api.memory;
    this.bytes = Buffer.from(buffer);
    this.words = new Int32Array(buffer);
    this.#size = buffer.byteLength;
    this.growths++;
  }
}

/** V8 has no more room for frames: Lua's own count of nested C calls ends most recursions before. */
export function isStackOverflow(thrown: unknown): boolean {
  return thrown instanceof RangeError && thrown.message.startsWith('Maximum call stack');
}

/** C had no memory: Lua's own error for it is raised. */
export class OutOfMemory {}
