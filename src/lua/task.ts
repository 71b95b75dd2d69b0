/**
 * A flow that calls Lua functions. It yields each call, Lua makes it, and goes on with the flow: so the function may yield
 * its coroutine, which no JavaScript frame below it could survive, and what it raises meets no frame of ours.
 *
 *     Lua:   go(task, held, step(task, held))           begins the flow, up to its first call or its end
 *            go(task, held, step(task, held, pcall(…))) goes on with what the call gave
 *
 * `held` is a table of the functions and objects that the flow calls, by names: it keeps them, and the collector sees it.
 */
import type { Flow } from '../core/flow.ts';
import type { Bindings, HostObject } from './bindings.ts';
import { Raise } from './errors.ts';
import type { HostFunction, State } from './state.ts';

/** The places of the arguments of `step`. */
const HELD = 2;
const CALLED_WELL = 3;
const RESULTS = 4;

/** The field of `held` for a refusal or an error, while the flow unwinds. */
const FAILURE = 'failure';

/** A function has raised something. */
const RAISED: unique symbol = Symbol('a Lua function raised');
/** A function has returned nil and an error. */
const REFUSED: unique symbol = Symbol('a Lua function refused');

/** A call of a Lua function, to be settled in a flow. */
export class Call<T> implements PromiseLike<T> {
  /** Pushes the function and its arguments. */
  readonly push: (lua: State) => void;
  /** Makes of the results, from a place of the stack on, what the flow goes on with; or throws into it. */
  readonly take: (lua: State, first: number) => T;

  constructor(push: (lua: State) => void, take: (lua: State, first: number) => T) {
    this.push = push;
    this.take = take;
  }

  // biome-ignore lint/suspicious/noThenProperty: a flow yields nothing but promises, and a task is who waits for this one
  then(): never {
    throw new Raise('a Lua function was called where no task makes its calls');
  }
}

/** The value that a flow throws when a function has returned nil and an error, which is at this place: the task's result. */
export function refusal(lua: State, index: number): typeof REFUSED {
  lua.pushCopy(index);
  lua.setField(HELD, FAILURE);
  return REFUSED;
}

/** Pushes a field of `held`, or an item. */
export function pushHeld(lua: State, name: string | number): void {
  if (typeof name === 'string') lua.getField(HELD, name);
  else lua.getItem(HELD, name);
}

/** Puts the value at a place into `held`, and says as which item. */
export function hold(lua: State, index: number): number {
  const n = Number(lua.vm.api.lua_rawlen(lua.L, HELD)) + 1;
  lua.pushCopy(index);
  lua.setItem(HELD, n);
  return n;
}

/** A flow, and how its end reaches Lua: each function pushes results and returns their number. */
export interface TaskRun<T> {
  readonly flow: Flow<T>;
  give(lua: State, value: T): number;
  /** Throws what is no failure of the flow's work. */
  fail(lua: State, error: unknown): number;
}

export class Task implements HostObject {
  readonly className = 'task';
  #run: TaskRun<unknown> | undefined;
  /** The call whose results the flow waits for. */
  #call: Call<unknown> | undefined;
  /** Calls whose results are not used. */
  readonly #errands: Call<void>[] = [];
  /** The next answer to Lua, after the errand that is under way. */
  #after: ((lua: State) => number) | undefined;

  /** Sets its flow, which the first step begins. */
  prepare<T>(run: TaskRun<T>): void {
    this.#run = run as TaskRun<unknown>;
  }

  /** Makes Lua do this call before anything else, and drops its results. */
  send(errand: Call<void>): void {
    this.#errands.push(errand);
  }

  /** Begins the flow, or goes on with the results of the call that it has asked for. */
  step(lua: State): number {
    const [run, call, after] = [this.#run, this.#call, this.#after];
    if (after !== undefined) return this.#tell(lua, after);
    if (run === undefined) throw new Raise('this task is over');
    const { flow } = run;
    if (call === undefined) return this.#advance(lua, run, () => flow.next());
    return this.#advance(lua, run, () => {
      let value: unknown;
      try {
        if (!lua.truthy(CALLED_WELL)) {
          refusal(lua, RESULTS);
          throw RAISED;
        }
        value = call.take(lua, RESULTS);
      } catch (thrown) {
        return flow.throw(thrown);
      }
      return flow.next(value);
    });
  }

  /** The task was dropped, for example with its coroutine: closes what is open. */
  collected(): void {
    this.#run?.flow.return(undefined);
    this.#run = undefined;
    this.#call = undefined;
  }

  #advance(lua: State, run: TaskRun<unknown>, advance: () => IteratorResult<PromiseLike<unknown>, unknown>): number {
    let end: (lua: State) => number;
    try {
      const step = advance();
      if (!step.done) return this.#tell(lua, (caller) => this.#ask(caller, step.value as Call<unknown>));
      end = (caller) => run.give(caller, step.value);
    } catch (error) {
      end = (caller) => failed(caller, run, error);
    }
    this.#run = undefined;
    this.#call = undefined;
    return this.#tell(lua, (caller) => {
      caller.push(false);
      return 1 + end(caller);
    });
  }

  #ask(lua: State, call: Call<unknown>): number {
    this.#call = call;
    return asked(lua, call);
  }

  #tell(lua: State, what: (lua: State) => number): number {
    const errand = this.#errands.shift();
    this.#after = errand === undefined ? undefined : what;
    return errand === undefined ? what(lua) : asked(lua, errand);
  }
}

/** `true`, the function, and its arguments. */
function asked(lua: State, call: Call<unknown>): number {
  const before = lua.top;
  lua.push(true);
  call.push(lua);
  return lua.top - before;
}

function failed(lua: State, run: TaskRun<unknown>, error: unknown): number {
  if (error !== RAISED && error !== REFUSED) return run.fail(lua, error);
  if (error === REFUSED) lua.push(null);
  pushHeld(lua, FAILURE);
  return error === REFUSED ? 2 : lua.raiseTop();
}

/** Pushes a new task, which does what `run` makes for it; returns the number of results. */
export function giveTask<T>(machine: Bindings, lua: State, run: (task: Task) => TaskRun<T>): number {
  const task = new Task();
  task.prepare(run(task));
  machine.pushObject(lua, task);
  return 1;
}

const steps = new WeakMap<Bindings, HostFunction>();

/** The function `step` of a machine; with it comes the class of tasks. */
export function stepOf(machine: Bindings, lua: State): HostFunction {
  let step = steps.get(machine);
  if (step === undefined) {
    machine.defineClass(lua, { name: 'task', groups: [], methods: {} });
    step = (caller) => machine.object<Task>(caller, 1, 'task').step(caller);
    steps.set(machine, step);
  }
  return step;
}
