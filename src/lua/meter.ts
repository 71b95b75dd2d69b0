/**
 * One count of instructions for a whole machine, by the count hook of Lua 5.4.
 *
 * Lua counts for each coroutine by itself, and not where hooks and finalizers run. Here the count is one: a coroutine that
 * begins to run takes over what was left to the one before it, at `invoke`, which every resume goes through, and every
 * finalizer, too. Hooks of the script's are called from ours, which is under them.
 *
 *     struct lua_State   … allowhook(1, at 7) … hook(4, at 88) … hookcount(4, at 108)     lstate.h, Lua 5.4, 32 bits
 */
import { LUA_HOOKCALL, LUA_HOOKCOUNT, LUA_HOOKTAILCALL, LUA_MASKCOUNT, type Thread, type WasmPointer } from './api.ts';
import { Raise } from './errors.ts';
import type { Counter, Vm } from './vm.ts';

/** Whether hooks are called: Lua clears it for hook functions and finalizers. */
const ALLOWHOOK = 7;
const HOOK = 88 >> 2;
/** Instructions before the next call of the count hook. */
const LEFT = 108 >> 2;

/** Instructions between two calls of our hook. */
const STRIDE = 100_000;

/** The hook that a script has set by `debug.sethook`. */
interface ScriptHook {
  readonly call: number;
  readonly mask: number;
  /** Instructions between two calls; Infinity without a count. */
  readonly count: number;
  left: number;
  /** Its function runs: no event is its own then, as in Lua. */
  isRunning: boolean;
}

export class Meter implements Counter {
  readonly #vm: Vm;
  readonly #hook: number;
  /** By coroutine. One that is gone leaves its entry, which Lua has no function for. */
  readonly #scripts = new Map<Thread, ScriptHook>();
  #limit = 0;
  #left = 0;
  /** The coroutine that runs, and how many instructions it was given until the hook. */
  #running: Thread;
  #given = 0;

  constructor(vm: Vm, main: Thread) {
    this.#vm = vm;
    this.#running = main;
    this.#hook = vm.hook((L, activation) => this.#happens(L, activation));
  }

  /** Begins a new count: from now on `limit` instructions may run. */
  begin(limit: number): void {
    // A hook that has used up everything would do so again.
    if (this.#left <= 0) this.#scripts.clear();
    this.#limit = limit;
    this.#left = limit;
    this.#arm(this.#running);
  }

  enter(L: Thread): Thread {
    const before = this.#running;
    if (L !== before) this.#pass(L);
    const { bytes, words } = this.#vm;
    bytes[L + ALLOWHOOK] = 1;
    if (words[(L >> 2) + HOOK] !== this.#hook) this.#arm(L);
    // It counts as one, since C may make many: `("x"):rep(1e6):gsub("x", pcall)`.
    if (words[(L >> 2) + LEFT]! > 1) words[(L >> 2) + LEFT]!--;
    return before;
  }

  leave(before: Thread): void {
    if (before !== this.#running) this.#pass(before);
  }

  /** Calls what reads or sets the hook of a coroutine: it meets the script's, and not ours. */
  aside<T>(L: Thread, call: () => T): T {
    const { api } = this.#vm;
    if (L === this.#running) this.#settle();
    const was = this.#scripts.get(L);
    api.lua_sethook(
      L,
      was?.call ?? 0,
      was?.mask ?? 0,
      was === undefined || was.count === Number.POSITIVE_INFINITY ? 0 : was.count,
    );
    try {
      return call();
    } finally {
      const now = api.lua_gethook(L);
      const mask = api.lua_gethookmask(L);
      if (mask === 0) this.#scripts.delete(L);
      else if (now !== this.#hook) {
        const count = (mask & LUA_MASKCOUNT) === 0 ? Number.POSITIVE_INFINITY : api.lua_gethookcount(L);
        this.#scripts.set(L, { call: now, mask, count, left: count, isRunning: was?.isRunning ?? false });
      }
      this.#arm(L);
    }
  }

  #pass(to: Thread): void {
    this.#settle();
    this.#running = to;
    this.#give();
  }

  /** Subtracts what the coroutine that runs has used. */
  #settle(): void {
    const left = this.#vm.words[(this.#running >> 2) + LEFT]!;
    this.#use(this.#given - left);
    this.#given = left;
  }

  #use(count: number): void {
    this.#left -= count;
    const script = this.#scripts.get(this.#running);
    if (script !== undefined) script.left -= count;
  }

  /** Says when the hook is to be called next. When all is used, every instruction raises, so that no loop around pcall goes on. */
  #give(): void {
    const script = this.#scripts.get(this.#running)?.left ?? Number.POSITIVE_INFINITY;
    this.#given = Math.max(1, Math.min(STRIDE, this.#left, script));
    this.#vm.words[(this.#running >> 2) + LEFT] = this.#given;
  }

  #arm(L: Thread): void {
    const mask = LUA_MASKCOUNT | (this.#scripts.get(L)?.mask ?? 0);
    this.#vm.api.lua_sethook(L, this.#hook, mask, STRIDE);
    if (L === this.#running) this.#give();
  }

  #happens(L: Thread, activation: WasmPointer): void {
    const event = this.#vm.words[activation >> 2]!;
    if (event !== LUA_HOOKCOUNT) {
      this.#tell(L, activation, event);
      return;
    }
    this.#use(this.#given);
    const script = this.#scripts.get(L);
    const isDue = script !== undefined && script.left <= 0;
    if (isDue) script.left = script.count;
    this.#give();
    if (this.#left <= 0) throw new Raise(`instruction limit: more than ${this.#limit} instructions`);
    if (isDue) this.#tell(L, activation, event);
  }

  #tell(L: Thread, activation: WasmPointer, event: number): void {
    const script = this.#scripts.get(L);
    const bit = 1 << (event === LUA_HOOKTAILCALL ? LUA_HOOKCALL : event);
    if (script === undefined || script.isRunning || (script.mask & bit) === 0) return;
    const call = this.#vm.api.__indirect_function_table.get(script.call) as (
      L: Thread,
      activation: WasmPointer,
    ) => void;
    // Lua calls no hook within a hook: but ours has to count there.
    this.#vm.bytes[L + ALLOWHOOK] = 1;
    script.isRunning = true;
    try {
      call(L, activation);
    } finally {
      script.isRunning = false;
    }
  }
}
