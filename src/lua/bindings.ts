/**
 * The bridge: how TypeScript functions and objects become Lua's.
 *
 * A module is a table of functions by name. An object of TypeScript's stands behind a userdata, found again by the address
 * of that userdata; its class is a metatable, which may change (a tcp{master} becomes a tcp{client}).
 */
import { SocketError } from '../core/errors.ts';
import { type Index, LUA_REGISTRYINDEX, type Thread, type WasmPointer } from './api.ts';
import { inTurn, messageOf, RAISE_TOP, Raise, Thrown } from './errors.ts';
import { Kernel } from './host/system.ts';
import { Meter } from './meter.ts';
import type { Reach } from './permissions.ts';
import { type HostFunction, State } from './state.ts';
import { Preparation, Pusher } from './to-lua.ts';
import { type ToLua, TRANSFER_LIMIT } from './values.ts';
import { isStackOverflow, OutOfMemory, Vm } from './vm.ts';

export type Functions = Readonly<Record<string, HostFunction>>;

/** The object behind a userdata. */
export interface HostObject {
  /** The name of its class at the moment. */
  className: string;
  /** The userdata is garbage, or a program has called `__gc`. It may be used all the same: by another finalizer. */
  collected(): void;
}

/** A class of objects, as Lua programs see it. */
export interface ObjectClass {
  readonly name: string;
  /** Names that a check may ask for instead of the class's own: `tcp{any}`. */
  readonly groups: readonly string[];
  readonly methods: Functions;
  /**
   * The words before and after the address of an object that is shown, for a class of LuaSec's: it has no field `class`, may be
   * closed (`__close`), and is checked as Lua itself checks a userdata.
   */
  readonly shown?: (object: HostObject) => readonly [string, string];
}

export class Bindings {
  readonly vm: Vm;
  readonly kernel: Kernel;
  /** The parts of the host that it may use. */
  readonly reach: Reach;
  /** The main coroutine. */
  readonly main: State;
  /** Counts instructions, once there is a limit. */
  meter: Meter | undefined;
  readonly #states = new Map<Thread, State>();
  #last: State;
  /** By the address of their userdata. Those that are gone stay until their address is used again. */
  readonly #objects = new Map<WasmPointer, HostObject>();
  readonly #groups = new Map<string, readonly string[]>();
  /** Of LuaSec's classes. */
  readonly #shown = new Map<string, NonNullable<ObjectClass['shown']>>();
  /** One C function for each of ours, however many tables have it. */
  readonly #functions = new Map<HostFunction, number>();
  /** Functions that have an index, and no place in the table yet: see `together`. */
  #waiting: HostFunction[] | undefined;
  #once: HostFunction | undefined;
  readonly #ends: (() => void)[] = [];
  /** The last that a function of an embedder's has thrown; Lua has its error value in the registry. */
  #thrown: Thrown | undefined;
  /** The same, if it was what nothing in the script caught. */
  uncaught: Thrown | undefined;

  constructor(reach: Reach, memoryLimit?: number) {
    this.reach = reach;
    let kernel: Kernel | undefined;
    const system = (vm: Vm): Kernel => {
      kernel = new Kernel(vm, reach);
      return kernel;
    };
    this.vm = new Vm(system, (L, thrown) => this.#translate(L, thrown), memoryLimit);
    this.kernel = kernel!;
    this.main = new State(this.vm, this.vm.api.luaL_newstate());
    this.#states.set(this.main.L, this.main);
    this.#last = this.main;
  }

  /**
   * Calls what pushes and sets functions, and makes all of them at once afterwards: a WebAssembly module costs more than the
   * functions in it. Lua must not call them before that.
   */
  together(push: () => void): void {
    if (this.#waiting !== undefined) {
      push();
      return;
    }
    const waiting: HostFunction[] = [];
    this.#waiting = waiting;
    try {
      push();
    } finally {
      this.#waiting = undefined;
      if (waiting.length > 0) this.#make(waiting);
    }
  }

  /** Pushes a function. */
  pushFunction(lua: State, f: HostFunction): void {
    this.#prepare([f]);
    this.vm.api.lua_pushcclosure(lua.L, this.#functions.get(f)!, 0);
  }

  /** Pushes a function for one call, which is next. */
  pushOnce(lua: State, f: HostFunction): void {
    this.#once = f;
    this.pushFunction(lua, this.#callOnce);
  }

  /** Sets functions in the table on top. */
  setFunctions(lua: State, functions: Functions): void {
    this.#prepare(Object.values(functions));
    for (const [name, f] of Object.entries(functions)) {
      this.vm.api.lua_pushcclosure(lua.L, this.#functions.get(f)!, 0);
      lua.setField(-2, name);
    }
  }

  /** Makes `require(name)` call this, which pushes what the module is. */
  preload(name: string, open: HostFunction): void {
    const lua = this.main;
    this.vm.api.luaL_getsubtable(lua.L, LUA_REGISTRYINDEX, this.vm.word('_PRELOAD'));
    this.pushFunction(lua, open);
    lua.setField(-2, name);
    lua.pop();
  }

  /** The index of a function in the engine's table, for a structure of C. */
  functionIndex(f: HostFunction): number {
    this.#prepare([f]);
    return this.#functions.get(f)!;
  }

  /** The engine's C function in a field of the table on top, for a host function that stands in for it. */
  original(name: string): HostFunction {
    const { main: lua } = this;
    lua.getField(-1, name);
    const index = this.vm.api.lua_tocfunction(lua.L, -1);
    lua.pop();
    return (caller) => this.callC(index, caller);
  }

  /** Calls a C function of the engine's in the frame of the host function that stands in for it. */
  callC(index: number, lua: State): number {
    return (this.vm.api.__indirect_function_table.get(index) as (L: Thread) => number)(lua.L);
  }

  /** Limits the instructions that run from now on, in all coroutines, hooks and finalizers together. */
  limitInstructions(limit: number): void {
    this.meter ??= new Meter(this.vm, this.main.L);
    this.vm.meter = this.meter;
    this.meter.begin(limit);
  }

  /** Writes what C has in its buffers. Throws what an embedder's function throws. */
  flush(): void {
    this.#outside(() => this.vm.api.fflush(0));
  }

  /**
   * Runs the finalizers, and closes what is open: all of it. Throws after that what an embedder's function has thrown, or what
   * the system says of a close.
   */
  close(): void {
    const ended = (): void =>
      this.#outside(() => {
        this.vm.api.lua_close(this.main.L);
        this.vm.api.fflush(0);
      });
    inTurn([ended, () => this.kernel.closeAll(), ...this.#ends]);
  }

  /** Called when the machine has ended, finalizers included. */
  atEnd(end: () => void): void {
    this.#ends.push(end);
  }

  /** Calls C where no protected call is around it. */
  #outside(call: () => void): void {
    const { api } = this.vm;
    const stack = api.stackSave();
    try {
      call();
    } catch (thrown) {
      api.stackRestore(stack);
      throw thrown instanceof Thrown ? thrown.value : thrown;
    }
  }

  // ---- objects

  /** Makes the metatable of a class: `__index` with the methods and `class`, `__gc`, `__tostring`, `__name`, the groups. */
  defineClass(lua: State, { name, groups, methods, shown }: ObjectClass): void {
    this.#groups.set(name, groups);
    if (shown !== undefined) this.#shown.set(name, shown);
    this.vm.api.luaL_newmetatable(lua.L, this.vm.word(name));
    lua.newTable(0, Object.keys(methods).length + 1);
    this.setFunctions(lua, methods);
    if (shown === undefined) {
      lua.pushWord(name);
      lua.setField(-2, 'class');
    }
    lua.setField(-2, '__index');
    const closing = shown === undefined ? {} : { __close: this.#collect };
    this.setFunctions(lua, { __gc: this.#collect, __tostring: this.#show, ...closing });
    for (const group of groups) {
      lua.push(true);
      lua.setField(-2, group);
    }
    lua.pop();
  }

  /** Pushes a new userdata for the object. */
  pushObject(lua: State, object: HostObject): void {
    const at = this.vm.api.lua_newuserdatauv(lua.L, 1, 0);
    this.#objects.set(at, object);
    this.vm.api.luaL_setmetatable(lua.L, this.vm.word(object.className));
  }

  /** Gives the object at a place of the stack another class. */
  setClass(lua: State, index: Index, object: HostObject, name: string): void {
    object.className = name;
    lua.pushCopy(index);
    this.vm.api.luaL_setmetatable(lua.L, this.vm.word(name));
    lua.pop();
  }

  /** The object at a place, if there is one of ours. */
  toObject(lua: State, index: Index): HostObject | undefined {
    return this.#objects.get(this.vm.api.lua_touserdata(lua.L, index));
  }

  /** The object that an argument must be; `expected` is a class or a group. Raises "tcp{client} expected". */
  object<O extends HostObject>(lua: State, argument: Index, expected: string): O {
    const object = this.#objects.get(this.vm.api.lua_touserdata(lua.L, argument));
    if (object !== undefined) {
      if (object.className === expected || this.#groups.get(object.className)!.includes(expected)) return object as O;
    }
    if (this.#shown.has(expected)) return lua.typeError(argument, expected);
    return lua.argumentError(argument, `${expected.slice(0, 35)} expected`);
  }

  readonly #callOnce: HostFunction = (lua) => {
    const f = this.#once!;
    this.#once = undefined;
    return f(lua);
  };

  readonly #collect: HostFunction = (lua) => {
    this.toObject(lua, 1)?.collected();
    return 0;
  };

  readonly #show: HostFunction = (lua) => {
    const object = this.toObject(lua, 1) ?? lua.typeError(1, 'userdata');
    const [before, after] = this.#shown.get(object.className)?.(object) ?? [object.className, ''];
    return lua.give(`${before}: 0x${this.vm.api.lua_touserdata(lua.L, 1).toString(16).padStart(8, '0')}${after}`);
  };

  // ---- calls from Lua

  #prepare(functions: readonly HostFunction[]): void {
    const fresh = [...new Set(functions)].filter((f) => !this.#functions.has(f));
    if (fresh.length === 0) return;
    const waiting = this.#waiting ?? [];
    const first = this.vm.api.__indirect_function_table.length + waiting.length;
    fresh.forEach((f, i) => {
      this.#functions.set(f, first + i);
    });
    if (this.#waiting === undefined) this.#make(fresh);
    else waiting.push(...fresh);
  }

  #make(functions: readonly HostFunction[]): void {
    this.vm.functions(functions.map((f) => (L: Thread) => f(L === this.#last.L ? this.#last : this.#on(L))));
  }

  /** The state of another coroutine than the last one that called. */
  #on(L: Thread): State {
    let state = this.#states.get(L);
    if (state === undefined) {
      state = new State(this.vm, L);
      this.#states.set(L, state);
    }
    this.#last = state;
    return state;
  }

  #translate(L: Thread, thrown: unknown): void {
    const { api } = this.vm;
    if (thrown === RAISE_TOP) return;
    const lua = new State(this.vm, L);
    if (thrown instanceof Thrown) this.#pushThrown(lua, thrown);
    else if (thrown instanceof OutOfMemory) lua.pushWord('not enough memory');
    else if (thrown instanceof Raise) {
      if (thrown.level > 0) {
        api.luaL_where(L, thrown.level);
        const where = lua.toText(-1) ?? '';
        lua.pop();
        lua.push(where + thrown.message);
      } else lua.push(thrown.message);
    } else if (isStackOverflow(thrown)) lua.pushWord('stack overflow');
    else lua.push(messageOf(thrown));
  }

  /** Pushes what an embedder's function has thrown: an Error's message, or the value itself, if Lua has something for it. */
  #pushThrown(lua: State, thrown: Thrown): void {
    const { value } = thrown;
    if (isStackOverflow(value)) lua.pushWord('stack overflow');
    else if (value instanceof Error) lua.push(messageOf(value));
    else {
      const top = lua.top;
      try {
        const prepared = new Preparation(TRANSFER_LIMIT, 'throw').prepared(value as ToLua, 'what was thrown');
        new Pusher(lua).push(prepared);
        lua.insert(top + 1);
        lua.top = top + 1;
      } catch (error) {
        if (!(error instanceof SocketError)) throw error;
        lua.top = top;
        lua.push(messageOf(value));
      }
    }
    lua.pushCopy(-1);
    lua.vm.api.lua_setfield(lua.L, LUA_REGISTRYINDEX, this.vm.word(THROWN));
    this.#thrown = thrown;
  }

  forgetThrown(): void {
    this.#thrown = undefined;
    this.uncaught = undefined;
  }

  /** Finds what an embedder's function has thrown, if the error value at a place is from that, or is text that ends with its. */
  thrownAs(lua: State, index: Index): Thrown | undefined {
    if (this.#thrown === undefined) return undefined;
    const at = this.vm.api.lua_absindex(lua.L, index);
    lua.getField(LUA_REGISTRYINDEX, THROWN);
    const text = lua.toText(-1);
    const isSame = this.vm.api.lua_rawequal(lua.L, -1, at) !== 0 || (text && lua.toText(at)?.endsWith(text));
    lua.pop();
    return isSame ? this.#thrown : undefined;
  }
}

const THROWN = 'moonsocket.thrown';
