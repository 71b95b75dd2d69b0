/**
 * The interactive mode of `lua` (the manual, section 7): each line is an expression, whose values are printed, or a statement,
 * which goes on in the next line for as long as it is incomplete.
 */
import { LUA_MULTRET } from './api.ts';
import type { Bindings } from './bindings.ts';
import { LuaError } from './errors.ts';
import { load, runProtected } from './scripts.ts';
import type { State } from './state.ts';

/** The name of the code in messages. */
const CHUNK = '=stdin';
/** How the error ends of code that its next lines may complete. */
const INCOMPLETE = '<eof>';
/** Room on the stack that C functions count on: LUA_MINSTACK. */
const FRAME = 20;

/** Talks until the standard input ends. `complain` gets what nothing has caught, with the traceback. */
export function interact(machine: Bindings, complain: (message: string) => void): void {
  const terminal = runProtected(machine, (lua) => new Terminal(lua));
  for (let talks = true; talks; ) {
    try {
      runProtected(machine, (lua) => {
        talks = false; // what fails before there is a line would fail again
        const line = terminal.ask(lua, '_PROMPT', '> ');
        if (line === undefined) return;
        talks = true;
        pushCode(lua, line, () => terminal.ask(lua, '_PROMPT2', '>> '));
        lua.call(0, LUA_MULTRET);
        printResults(lua, complain);
      });
    } catch (error) {
      if (!(error instanceof LuaError)) throw error;
      machine.vm.api.fflush(0);
      complain(error.traceback);
    }
  }
  runProtected(machine, (lua) => terminal.write(lua, '\n'));
}

/** The standard streams as the program has them when it begins. */
class Terminal {
  readonly #input: number;
  readonly #output: number;

  constructor(lua: State) {
    lua.getGlobal('io');
    lua.getField(-1, 'stdin');
    this.#input = lua.keep();
    lua.getField(-1, 'stdout');
    this.#output = lua.keep();
  }

  /** The next line, behind a prompt that the program may have changed; undefined at the end. */
  ask(lua: State, prompt: string, otherwise: string): string | undefined {
    lua.getGlobal(prompt);
    const shown = lua.isAbsent(-1) ? otherwise : lua.shown(-1);
    lua.pop();
    this.write(lua, shown);
    lua.pushKept(this.#input);
    lua.getField(-1, 'read');
    lua.insert(-2);
    lua.pushWord('l');
    lua.call(2, 1);
    const line = lua.toText(-1);
    lua.pop();
    return line;
  }

  write(lua: State, text: string): void {
    lua.pushKept(this.#output);
    lua.getField(-1, 'write');
    lua.insert(-2);
    lua.push(text);
    lua.call(2, 0);
    lua.vm.api.fflush(0);
  }
}

/** Pushes what the line says, with as many more lines as that takes. It may begin with `=`, as in older releases. */
function pushCode(lua: State, line: string, next: () => string | undefined): void {
  if (pushOrError(lua, `return ${line}`) === undefined) return;
  let code = line.startsWith('=') ? `return ${line.slice(1)}` : line;
  for (let wrong = pushOrError(lua, code); wrong !== undefined; wrong = pushOrError(lua, code)) {
    const more = wrong.message.endsWith(INCOMPLETE) ? next() : undefined;
    if (more === undefined) throw wrong;
    code += `\n${more}`;
  }
}

/** Pushes the code as a function, or says why it is none. */
function pushOrError(lua: State, code: string): LuaError | undefined {
  try {
    load(lua, code, CHUNK);
    return undefined;
  } catch (error) {
    if (error instanceof LuaError) return error;
    throw error;
  }
}

/** All that is on the stack, by `print` as it is at the time. */
function printResults(lua: State, complain: (message: string) => void): void {
  const { top } = lua;
  if (top === 0) return;
  lua.vm.api.luaL_checkstack(lua.L, FRAME, lua.vm.word('too many results to print'));
  lua.getGlobal('print');
  lua.insert(1);
  if (lua.pcall(top, 0)) return;
  lua.vm.api.fflush(0);
  complain(`error calling 'print' (${lua.shown(-1)})`);
}
