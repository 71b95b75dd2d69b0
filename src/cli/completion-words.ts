/** What the completions of all shells have in common. */
import { COMMANDS, type Command, type Option, PROGRAM } from './commands.ts';

/** Each command by its name. */
export const commands: readonly (readonly [string, Command])[] = Object.entries(COMMANDS);

/** Options as they are typed: `-o`, `--output`. */
export function spelled({ short, long }: Option): string[] {
  // Of lua's, `-` alone and `--` need no completion.
  const letter = short === undefined || !/^\w$/.test(short) ? [] : [`-${short}`];
  return [...letter, ...(long === undefined ? [] : [`--${long}`])];
}

/** Options of the program, as they are typed. */
export const programOptions: readonly string[] = PROGRAM.flatMap(spelled);

export function takesFile({ takes }: Option): boolean {
  return takes?.endsWith('FILE') === true;
}

/** Text for a shell, as it stands. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
