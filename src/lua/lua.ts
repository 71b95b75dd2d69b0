/** `createLua`: a Lua machine for embedding, which reaches nothing of the host but what it is given. */
import { dataOf } from '../core/data.ts';
import { badArgument, misuse } from '../core/errors.ts';
import { LUA_MULTRET } from './api.ts';
import { Bindings } from './bindings.ts';
import { Raise } from './errors.ts';
import { granted } from './granted.ts';
import { InputBytes, type OpenFile, OutputCallback } from './host/files.ts';
import { openLibraries } from './libraries.ts';
import { openModules } from './modules.ts';
import type { Permissions } from './permissions.ts';
import { limitInstructions, load, runProtected } from './scripts.ts';
import type { HostFunction, State } from './state.ts';
import { takeTextOnly } from './text-only.ts';
import { type FromLua, pushValue, type ToLua, valueAt } from './values.ts';
import { MEMORY_LIMIT } from './vm.ts';

export interface LuaOptions {
  /** What the script reads from its standard input; nothing by default. */
  readonly stdin?: Uint8Array | string;
  /** Where to the script's output goes; by default nowhere. */
  readonly stdout?: (bytes: Buffer) => void;
  readonly stderr?: (bytes: Buffer) => void;
  /** What `os.getenv` knows; nothing by default. */
  readonly env?: Readonly<Record<string, string>>;
  /** What the script may reach of the host; nothing by default. `docs/security.md` says how far each permission goes. */
  readonly permissions?: Partial<Permissions>;
  /** Bytes that the machine may have for everything, its own 16 MiB included. */
  readonly memory?: number;
  /** Instructions of Lua that one `run` may take. C functions, such as a search for a pattern, count as one. */
  readonly instructions?: number;
}

/** The memory that the engine has from the beginning. */
const LEAST_MEMORY = 16_777_216;

/** A function of the host's that a script calls. */
export type LuaCallback = (...args: FromLua[]) => ToLua | void;

export class Lua {
  readonly #machine: Bindings;
  readonly #limit: { reset(): void } | undefined;
  #state: 'idle' | 'running' | 'closed' = 'idle';

  /** See `createLua`. */
  constructor(options: LuaOptions = {}) {
    const { stdin = '', stdout = () => {}, stderr = () => {}, env = {}, memory, instructions } = options;
    checkLimit('memory', memory, LEAST_MEMORY, MEMORY_LIMIT);
    checkLimit('instructions', instructions, 1, Number.MAX_SAFE_INTEGER);
    const reach = granted(options.permissions);
    const streams: [OpenFile, OpenFile, OpenFile] = [
      new InputBytes(dataOf('createLua', stdin)),
      new OutputCallback(stdout),
      new OutputCallback(stderr),
    ];
    this.#machine = new Bindings({ streams, env, ...reach }, memory);
    this.#using((lua) => {
      openLibraries(this.#machine);
      if (!reach.bytecode) takeTextOnly(this.#machine);
      openModules(this.#machine);
      // Outside of the program `lua`, nothing that a script says may end the process.
      lua.getGlobal('os');
      this.#machine.setFunctions(lua, { exit });
    });
    this.#limit = instructions === undefined ? undefined : limitInstructions(this.#machine, instructions);
  }

  /**
   * Runs a script, which is text unless the permission `bytecode` is given, and returns what it returns. A string is UTF-8 in Lua,
   * and from there: bytes that are none come as a Buffer.
   *
   * @throws LuaError with the script's message and traceback. The machine may be used on.
   */
  run(code: string | Uint8Array, ...args: readonly ToLua[]): FromLua[] {
    return this.#using((lua) => {
      load(lua, dataOf('run', code), '=script', this.#machine.reach.bytecode ? 'bt' : 't');
      for (const arg of args) pushValue(lua, arg);
      this.#limit?.reset();
      lua.call(args.length, LUA_MULTRET);
      return Array.from({ length: lua.top }, (_, i) => valueAt(lua, i + 1));
    });
  }

  /** Sets a global: a value, or a function that scripts may call. What that throws is an error in Lua. */
  set(name: string, value: ToLua | LuaCallback): void {
    this.#using((lua) => {
      if (typeof value === 'function') this.#pushCallback(lua, value);
      else pushValue(lua, value);
      lua.push(Buffer.from(name));
      lua.insert(-2);
      lua.setRawGlobal();
    });
  }

  /** Ends the machine: what is open is closed, finalizers run, and the memory is the host's again. */
  close(): void {
    if (this.#state === 'closed') return;
    if (this.#state === 'running')
      throw misuse('ERR_BUSY', 'close: a script runs in this machine; close it after that');
    this.#state = 'closed';
    this.#machine.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #using<T>(use: (lua: State) => T): T {
    if (this.#state === 'closed')
      throw misuse('ERR_CLOSED_MACHINE', 'this machine is closed; createLua() makes another');
    if (this.#state === 'running')
      throw misuse('ERR_BUSY', 'a script runs in this machine already; a callback may not start another one in it');
    this.#state = 'running';
    try {
      return runProtected(this.#machine, use);
    } finally {
      this.#machine.vm.api.fflush(0);
      this.#state = 'idle';
    }
  }

  #pushCallback(lua: State, callback: LuaCallback): void {
    this.#machine.pushFunction(lua, (caller) => {
      const args = Array.from({ length: caller.top }, (_, i) => valueAt(caller, i + 1));
      pushValue(caller, callback(...args) ?? null);
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
