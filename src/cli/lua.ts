/** `moonsocket lua`: the options of `lua`, read as that program reads them. Nothing here touches the machine. */
import type { Action, Program } from '../lua/interpreter.ts';
import { UsageError } from './errors.ts';

export const LUA_USAGE = `usage: moonsocket lua [options] [script [args]]

Runs a Lua 5.4 script, with LuaSocket's modules. Options are those of lua:

  -e stat      executes the string stat
  -l mod       requires mod into the global mod
  -l g=mod     requires mod into the global g
  -i           goes on with lines that are typed in, after the script
  -v           shows the version
  -E           ignores environment variables
  -W           turns warnings on
  --           ends the options
  -            executes the standard input

Without a script, and without -e and -v, it executes the standard input, or talks with whoever sits at a terminal.
`;

/** How the program names itself to scripts, in arg[-1], and in messages. */
export const LUA_NAME = 'moonsocket lua';

export interface LuaArguments extends Program {
  readonly version: boolean;
}

/** `terminal`: whether the standard input is one. @throws UsageError */
export function luaArguments(args: readonly string[], terminal: boolean): LuaArguments | 'help' {
  const actions: Action[] = [];
  let version = false;
  let interactive = false;
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
    else if (arg === '-i') interactive = true;
    else throw new UsageError(`unrecognized option '${arg}'`);
  }
  const named = args[i];
  const idle = named === undefined && !interactive && !version && !actions.some(({ kind }) => kind === 'execute');
  if (idle && terminal) interactive = true;
  const script = named !== undefined ? bytesOf(named) : idle && !terminal ? '-' : undefined;
  // arg[0] is the script; without one, lua puts its own name there.
  const first = named === undefined ? 0 : i + 1;
  return {
    version: version || interactive,
    ...{ ignoreEnvironment, actions, script, interactive, args: [LUA_NAME, ...args].map(bytesOf), first },
  };
}

/** Text as Lua has it: a character for each byte of its UTF-8. */
function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}
