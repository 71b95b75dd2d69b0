/** `moonsocket lua`: the options of `lua`, read as that program reads them. Nothing here touches the machine. */
import type { Action, Program } from '../lua/interpreter.ts';
import { COMMANDS } from './commands.ts';
import { UsageError } from './errors.ts';

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
    const option = optionOf(arg);
    if (option === 'e') actions.push({ kind: 'execute', code: bytesOf(argumentOf('-e')) });
    else if (option === 'l') actions.push({ kind: 'require', module: bytesOf(argumentOf('-l')) });
    else if (option === 'v') version = true;
    else if (option === 'E') ignoreEnvironment = true;
    else if (option === 'W') actions.push({ kind: 'warnings' });
    else if (option === 'i') interactive = true;
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

/** Behind the letter stands nothing, or its argument. */
function optionOf(arg: string): string {
  const option = COMMANDS.lua.options.find(
    ({ short, takes }) => short === arg[1] && (arg.length === 2 || takes !== undefined),
  );
  if (option === undefined) throw new UsageError(`unrecognized option '${arg}'`);
  return option.short ?? '';
}

/** Text as Lua has it: a character for each byte of its UTF-8. */
function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}
