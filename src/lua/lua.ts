/** `createLua`: a Lua machine for embedding, which reaches nothing of the host but what it is given. */
import { dataOf } from '../core/data.ts';
import { badArgument, misuse } from '../core/errors.ts';
import { LUA_MULTRET } from './api.ts';
import { Bindings } from './bindings.ts';
import { calling, Raise } from './errors.ts';
import { Extraction } from './from-lua.ts';
import { granted } from './granted.ts';
import { guardDebug } from './guarded.ts';
import { InputBytes, type OpenFile, OutputCallback } from './host/files.ts';
import { openLibraries } from './libraries.ts';
import { openModules } from './modules.ts';
import type { Permissions } from './permissions.ts';
import { needRoom } from './room.ts';
import { load, runProtected } from './scripts.ts';
import type { HostFunction, State } from './state.ts';
import { takeTextOnly } from './text-only.ts';
import { Preparation, Pusher } from './to-lua.ts';
import { type FromLua, type ToLua, TRANSFER_LIMIT } from './values.ts';
import { MEMORY_LIMIT } from './vm.ts';

/** Options of `createLua`: input and output, permissions and limits. */
export interface LuaOptions {
  /** The bytes of the standard input; none by default. A string becomes UTF-8. */
  readonly stdin?: Uint8Array | string;
  /** Gets the bytes of the standard output; by default they are dropped. */
  readonly stdout?: (bytes: Buffer) => void;
  /** The same for its error output. */
  readonly stderr?: (bytes: Buffer) => void;
  /** The variables that `os.getenv` knows; none by default. */
  readonly env?: Readonly<Record<string, string>>;
  /** Parts of the host that the script may use; none by default. `docs/security.md` says how far each permission goes. */
  readonly permissions?: Partial<Permissions>;
  /**
   * Bytes that the machine may have for everything, its own 16 MiB included. What `run`, `set` and host functions make of its
   * values is the host's memory: see `transfer`.
   */
  readonly memory?: number;
  /**
   * Instructions of Lua that one `run`, one `set` and `close` may take, in all coroutines, hooks and finalizers together. A call
   * of C, such as a search for a pattern or `table.move`, is one however long it takes: time is limited by `runInWorker`'s
   * signal. By default there is no limit, and finalizers in `close` have ten million.
   */
  readonly instructions?: number;
  /**
   * Bytes that the values of one conversion may count: all arguments or results of one `run`, of one call of a host function, or
   * the value of one `set`. A value and a key count 16, a table 64 besides, a string as many more as it has bytes. 64 MiB by
   * default. Tables may be 200 deep.
   */
  readonly transfer?: number;
}

/** Instructions for finalizers in `close`, where `instructions` does not say. */
const CLOSING = 10_000_000;

/** The memory that the engine has from the beginning. */
const LEAST_MEMORY = 16_777_216;

/** A function of the host's that a script calls. */
export type LuaCallback = (...args: FromLua[]) => ToLua | void;

/** A machine of `createLua`. */
export class Lua {
  readonly #machine: Bindings;
  readonly #instructions: number | undefined;
  readonly #transfer: number;
  #state: 'idle' | 'running' | 'closed' = 'idle';

  /** See `createLua`. */
  constructor(options: LuaOptions = {}) {
    const { stdin = '', stdout = () => {}, stderr = () => {}, env = {}, memory, instructions } = options;
    const { transfer = TRANSFER_LIMIT } = options;
    checkLimit('memory', memory, LEAST_MEMORY, MEMORY_LIMIT);
    checkLimit('instructions', instructions, 1, Number.MAX_SAFE_INTEGER);
    checkLimit('transfer', transfer, 1, Number.MAX_SAFE_INTEGER);
    const reach = granted(options.permissions);
    const streams: [OpenFile, OpenFile, OpenFile] = [
      new InputBytes(dataOf('createLua', stdin)),
      new OutputCallback(stdout),
      new OutputCallback(stderr),
    ];
    this.#transfer = transfer;
    this.#machine = new Bindings({ streams, env, ...reach }, memory);
    this.#using((lua) =>
      this.#machine.together(() => {
        openLibraries(this.#machine);
        guardDebug(this.#machine);
        if (!reach.bytecode) takeTextOnly(this.#machine);
        openModules(this.#machine);
        // Outside of the program `lua`, nothing that a script says may end the process.
        lua.getGlobal('os');
        this.#machine.setFunctions(lua, { exit });
      }),
    );
    this.#instructions = instructions;
  }

  /**
   * Runs a script, which is text unless the permission `bytecode` is given, and returns what it returns. A string is UTF-8 in Lua,
   * and from there: bytes that are none come as a Buffer.
   *
   * @throws LuaError with the script's message and traceback, and as its `cause` what a host function threw. The machine may be
   *   used on.
   * @throws SocketError ERR_INVALID_ARGUMENT for arguments that have no meaning in Lua, before anything runs
   */
  run(code: string | Uint8Array, ...args: readonly ToLua[]): FromLua[] {
    const preparation = new Preparation(this.#transfer, 'run');
    const prepared = args.map((arg, i) => preparation.prepared(arg, `argument ${i + 1}`));
    return this.#using((lua) => {
      const pusher = new Pusher(lua);
      const before = lua.top;
      load(lua, dataOf('run', code), '=script', this.#machine.reach.bytecode ? 'bt' : 't');
      lua.vm.api.luaL_checkstack(lua.L, prepared.length, lua.vm.word('too many arguments'));
      for (const arg of prepared) pusher.push(arg);
      pusher.end();
      lua.call(prepared.length, LUA_MULTRET);
      return new Extraction(lua, this.#transfer).from(before + 1, (n) => `result ${n}`);
    });
  }

  /**
   * Sets a global: a value, or a function that scripts may call. What that throws is an error in Lua: an Error is its message,
   * another value itself if Lua has something for it.
   */
  set(name: string, value: ToLua | LuaCallback): void {
    const prepared =
      typeof value === 'function' ? undefined : new Preparation(this.#transfer, 'set').prepared(value, `'${name}'`);
    this.#using((lua) => {
      if (typeof value === 'function') this.#pushCallback(lua, name, value);
      else new Pusher(lua).push(prepared);
      lua.push(Buffer.from(name));
      lua.insert(-2);
      lua.setRawGlobal();
    });
  }

  /**
   * Ends the machine: finalizers run, as far as the limits let them, what is open is closed, and the memory is the host's again.
   * An error that `stdout` throws, or closing a file, is thrown after that.
   */
  close(): void {
    if (this.#state === 'closed') return;
    if (this.#state === 'running')
      throw misuse('ERR_BUSY', 'close: a script runs in this machine; close it after that');
    needRoom();
    this.#state = 'closed';
    this.#machine.limitInstructions(this.#instructions ?? CLOSING);
    this.#machine.close();
  }

  /** `close`, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #using<T>(use: (lua: State) => T): T {
    if (this.#state === 'closed')
      throw misuse('ERR_CLOSED_MACHINE', 'this machine is closed; createLua() makes another');
    if (this.#state === 'running')
      throw misuse('ERR_BUSY', 'a script runs in this machine already; a callback may not start another one in it');
    needRoom();
    this.#state = 'running';
    try {
      if (this.#instructions !== undefined) this.#machine.limitInstructions(this.#instructions);
      const result = this.#flushing(() => runProtected(this.#machine, use));
      this.#machine.flush();
      return result;
    } finally {
      this.#state = 'idle';
    }
  }

  /** Of two failures, the script's is thrown. */
  #flushing<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      try {
        this.#machine.flush();
      } catch {
        // stdout's own failure, after the script's
      }
      throw error;
    }
  }

  #pushCallback(lua: State, name: string, callback: LuaCallback): void {
    this.#machine.pushFunction(lua, (caller) => {
      const args = new Extraction(caller, this.#transfer).from(1, (n) => `argument ${n} of '${name}'`);
      const result = calling(() => callback(...args));
      const prepared = new Preparation(this.#transfer, name).prepared(result as ToLua, 'what it returned');
      new Pusher(caller).push(prepared);
      return 1;
    });
  }
}

/**
 * A Lua 5.4 machine for embedding. It can compute; whatever else a script may reach is given by name.
 *
 * ```ts
 * import { createLua } from 'moonsocket/lua';
 * const output = [];
 * const lua = createLua({ stdout: (bytes) => output.push(String(bytes)), instructions: 1e8 });
 * lua.set('double', (x) => x * 2);
 * lua.run('local x = ...; print("got " .. x); return double(x), "done"', 21); // => [42, 'done']
 * output.join(''); // => 'got 21\n'
 * lua.close();
 * ```
 *
 * @throws SocketError ERR_UNSUPPORTED where the package wasmoon is not installed
 */
export function createLua(options: LuaOptions = {}): Lua {
  return new Lua(options);
}

const exit: HostFunction = () => {
  throw new Raise('os.exit: not permitted, the script is part of a program');
};

function checkLimit(name: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= least && value <= most)) return;
  throw badArgument(`createLua: ${name} is a whole number from ${least} to ${most}, not ${String(value)}`);
}
