/** The program `lua`: what its options do to a machine that has the whole host. The manual, section 7, describes it. */

import { constants } from 'node:os';
import { Bindings } from './bindings.ts';
import { Exit, LuaError } from './errors.ts';
import { StandardStream } from './host/files.ts';
import { interact } from './interactive.ts';
import { openLibraries } from './libraries.ts';
import { openModules } from './modules.ts';
import { everything } from './permissions.ts';
import { load, loadFile, runProtected } from './scripts.ts';
import type { State } from './state.ts';

export type Action =
  | { readonly kind: 'execute'; readonly code: string }
  | { readonly kind: 'require'; readonly module: string }
  | { readonly kind: 'warnings' };

/** The steps of the program, in this order. */
export interface Program {
  readonly ignoreEnvironment: boolean;
  readonly actions: readonly Action[];
  /** The script's file; '-' is the standard input. */
  readonly script: string | undefined;
  /** Whether it goes on with lines that are typed in. */
  readonly interactive: boolean;
  /** `arg`, from its lowest index on, which is `-first`. */
  readonly args: readonly string[];
  readonly first: number;
}

const INIT = ['LUA_INIT_5_4', 'LUA_INIT'];
const AT = 0x40;

/** Gets what nothing has caught, with the traceback; `ends`: the program ends by it. */
export type Complain = (message: string, ends: boolean) => void;

/** Runs the program, whose code begins when `ready` returns, and returns its exit status. */
export function interpret(program: Program, complain: Complain, ready: () => void): number {
  const env = environment(program.ignoreEnvironment);
  const streams = [0, 1, 2].map((fd) => new StandardStream(fd)) as never;
  const machine = new Bindings({ streams, env, ...everything() });
  machine.kernel.brokenPipe = endBySignal;
  try {
    return run(machine, program, env, complain, ready);
  } catch (thrown) {
    if (thrown instanceof Exit) return thrown.status;
    throw thrown;
  } finally {
    machine.vm.api.fflush(0);
    machine.kernel.closeAll();
  }
}

function run(
  machine: Bindings,
  program: Program,
  env: Readonly<Record<string, string>>,
  complain: Complain,
  ready: () => void,
): number {
  let status = 0;
  try {
    runProtected(machine, () =>
      machine.together(() => {
        openLibraries(machine);
        openModules(machine);
      }),
    );
    runProtected(machine, (lua) => {
      // As `lua` begins, and the engine does not.
      lua.getGlobal('collectgarbage');
      lua.push('generational');
      lua.call(1, 0);
      setArguments(lua, program);
    });
    ready();
    const init = INIT.find((name) => env[name] !== undefined);
    if (init !== undefined) runProtected(machine, (lua) => execute(lua, Buffer.from(env[init]!), init));
    for (const action of program.actions) runProtected(machine, (lua) => act(lua, action));
    const { script } = program;
    if (script !== undefined) runProtected(machine, (lua) => runScript(lua, script, program));
    if (program.interactive) interact(machine, (message) => complain(message, false));
  } catch (error) {
    if (!(error instanceof LuaError)) throw error;
    machine.vm.api.fflush(0);
    complain(error.traceback, true);
    status = 1;
  }
  machine.vm.api.lua_close(machine.main.L);
  return status;
}

/** Ends as a program of C's by SIGPIPE, which Node ignores until a listener of it has been there. */
function endBySignal(): never {
  const listener = (): void => {};
  process.on('SIGPIPE', listener).off('SIGPIPE', listener);
  process.kill(process.pid, 'SIGPIPE');
  throw new Exit(128 + constants.signals.SIGPIPE);
}

/** LUA_INIT is code, or the name of a file after an @. */
function execute(lua: State, code: Buffer, name: string): void {
  if (code[0] === AT) loadFile(lua, code.toString('latin1', 1));
  else load(lua, code, `=${name}`);
  lua.call(0, 0);
}

function act(lua: State, action: Action): void {
  if (action.kind === 'execute') {
    load(lua, action.code, '=(command line)');
    lua.call(0, 0);
  } else if (action.kind === 'warnings') {
    lua.getGlobal('warn');
    lua.push('@on');
    lua.call(1, 0);
  } else {
    // -l name or -l global=name
    const [global, module = global] = action.module.split('=', 2) as [string, string?];
    lua.getGlobal('require');
    lua.push(module);
    lua.call(1, 1);
    lua.setGlobal(global);
  }
}

function runScript(lua: State, script: string, { args, first }: Program): void {
  loadFile(lua, script === '-' ? undefined : script);
  const own = args.slice(first + 1);
  lua.vm.api.luaL_checkstack(lua.L, own.length, lua.vm.word('too many arguments to script'));
  for (const arg of own) lua.push(arg);
  lua.call(own.length, 0);
}

function setArguments(lua: State, { args, first }: Program): void {
  lua.newTable(args.length, first + 1);
  args.forEach((arg, i) => {
    lua.push(arg);
    lua.setItem(-2, i - first);
  });
  lua.setGlobal('arg');
}

/** The variables of the process; -E leaves out those that are Lua's. */
function environment(ignore: boolean): Record<string, string> {
  const entries = Object.entries(process.env).filter(([name]) => !(ignore && name.startsWith('LUA_')));
  return Object.fromEntries(entries) as Record<string, string>;
}
