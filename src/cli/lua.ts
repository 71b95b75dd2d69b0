/** `moonsocket lua`: the options of `lua`, read as that program reads them. Nothing here touches the machine. */
import type { Action, Program } from '../lua/interpreter.ts';
import { UsageError } from './errors.ts';

export const LUA_USAGE = `usage: moonsocket lua [options] [script [args]]

Runs a Lua 5.4 script, with LuaSocket's modules. Options are those of lua:

  -e stat      executes the string stat
  -l mod       requires mod into the global mod
  -l g=mod     requires mod into the global g
  -v           shows the version
  -E           ignores environment variables
  -W           turns warnings on
  --           ends the options
  -            executes the standard input, which is also what happens without a script
`;

/** How the program names itself to scripts, in arg[-1], and in messages. */
export const LUA_NAME = 'moonsocket lua';

export interface LuaArguments extends Program {
  readonly version: boolean;
}

/** @throws UsageError */
export function luaArguments(args: readonly string[]): LuaArguments | 'help' {
  const actions: Action[] = [];
  let version = false;
  let ignoreEnvironment = false;
  let i = 0;
  const argumentOf = (option: string): string => {
    const value = args[i]!.slice(2) || args[++i];
    // As in lua, what begins with a dash is the next option.
    if (value === undefined || value.startsWith('-')) throw new UsageError(`'${option}' needs argument`);
    return value;
  };
  for (; i < args.length; i++) {
    const arg = args[i]!;
    if (!arg.startsWith('-') || arg === '-') break;
    if (arg === '--') {
      i++;
      break;
    }
    if (arg === '--help' || arg === '-h') return 'help';
    if (arg.startsWith('-e')) actions.push({ kind: 'execute', code: bytesOf(argumentOf('-e')) });
    else if (arg.startsWith('-l')) actions.push({ kind: 'require', module: bytesOf(argumentOf('-l')) });
    else if (arg === '-v') version = true;
    else if (arg === '-E') ignoreEnvironment = true;
    else if (arg === '-W') actions.push({ kind: 'warnings' });
    else if (arg === '-i') throw new UsageError("'-i': there is no interactive mode");
    else throw new UsageError(`unrecognized option '${arg}'`);
  }
  const asked = version || actions.some(({ kind }) => kind === 'execute');
  const script = args[i] === undefined ? (asked ? undefined : '-') : bytesOf(args[i]!);
  // arg[0] is the script; without one, lua puts its own name there.
  const first = args[i] === undefined ? 0 : i + 1;
  return { version, ignoreEnvironment, actions, script, args: [LUA_NAME, ...args].map(bytesOf), first };
}

/** Text as Lua has it: a character for each byte of its UTF-8. */
function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}
