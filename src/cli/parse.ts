/** From arguments to the values of a command's options, by the table. */
import { parseArgs } from 'node:util';
import { type CommandName, optionsOf } from './commands.ts';
import { UsageError } from './errors.ts';

/** What the options of a command got, by their long names. */
export interface Parsed {
  readonly operands: readonly string[];
  /** Whether a long option is there. */
  has(name: string): boolean;
  /** The argument of one; the last, if it is there several times. */
  text(name: string): string | undefined;
  /** The arguments of one, in their order. */
  texts(name: string): readonly string[];
}

/** Options of a command, or of the program, as getopt_long reads them: anywhere, up to `--`. @throws UsageError */
export function parsed(name: CommandName | undefined, args: readonly string[]): Parsed {
  const options = optionsOf(name).flatMap(({ short, long, takes }) => {
    if (long === undefined) return [];
    const letter = short === undefined ? {} : { short };
    return [[long, { type: takes === undefined ? 'boolean' : 'string', multiple: true, ...letter } as const] as const];
  });
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: Object.fromEntries(options),
    });
    const texts = (long: string): readonly string[] => (values[long] ?? []) as readonly string[];
    return {
      operands: positionals,
      has: (long) => values[long] !== undefined,
      text: (long) => texts(long).at(-1),
      texts,
    };
  } catch (error) {
    throw new UsageError(explained((error as Error).message));
  }
}

/** The sentences after the first explain at length. */
function explained(message: string): string {
  const [first = ''] = message.split(/\.\s/);
  const long = /'(?:-\w, )?(--[\w-]+)/.exec(message)?.[1];
  if (!first.includes('ambiguous')) return first;
  return `${first}: it begins with a dash; ${long ?? '--OPTION'}=VALUE takes such a value`;
}
