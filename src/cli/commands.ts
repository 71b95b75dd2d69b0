/** All commands and options of the program, in one table: parsers and help read it, and what is not here is refused. */
import { parseArgs } from 'node:util';
import { UsageError } from './errors.ts';

export interface Option {
  /** One letter, or what stands behind the dash. */
  readonly short: string;
  readonly long?: string;
  /** The name of its argument, if it takes one. */
  readonly takes?: string;
  readonly says: string;
}

export interface Command {
  /** What follows the command. */
  readonly synopsis: string;
  /** For the list of all commands: the shortest call, and what that does. */
  readonly brief: readonly [call: string, says: string];
  /** What it does, as paragraphs before and after its options. */
  readonly says: string;
  readonly more: string;
  readonly options: readonly Option[];
}

const HELP: Option = { short: 'h', long: 'help', says: 'shows this' };

export type CommandName = 'get' | 'lua';

export const COMMANDS: Readonly<Record<CommandName, Command>> = {
  get: {
    synopsis: '[-o FILE] [-C] URL',
    brief: ['get URL', 'downloads URL'],
    says: "Downloads URL into FILE, or a file with the last name in the URL's path.",
    more: 'Until it is complete a download is in FILE.part, where -C finds it.',
    options: [
      { short: 'o', long: 'output', takes: 'FILE', says: 'where to; FILE is overwritten, - is the standard output' },
      { short: 'C', long: 'continue', says: 'resume a download that was interrupted' },
      HELP,
    ],
  },
  lua: {
    synopsis: '[options] [script [args]]',
    brief: ['lua [SCRIPT]', 'runs a Lua program, as lua does'],
    says: "Runs a Lua 5.4 script, with LuaSocket's modules. Options are those of lua:",
    more: 'Without a script, and without -e and -v, it executes the standard input, or talks with the user of a terminal.',
    options: [
      { short: 'e', takes: 'stat', says: 'executes the string stat' },
      { short: 'l', takes: 'mod', says: 'requires mod into the global mod' },
      { short: 'l', takes: 'g=mod', says: 'requires mod into the global g' },
      { short: 'i', says: 'goes on with lines that are typed in, after the script' },
      { short: 'v', says: 'shows the version' },
      { short: 'E', says: 'ignores environment variables' },
      { short: 'W', says: 'turns warnings on' },
      { short: '-', says: 'ends the options' },
      { short: '', says: 'executes the standard input' },
      HELP,
    ],
  },
};

/** Options that stand where a command would. */
const PROGRAM: readonly Option[] = [HELP, { short: 'V', long: 'version', says: 'shows the version' }];

export function isCommand(name: string | undefined): name is CommandName {
  return name !== undefined && Object.hasOwn(COMMANDS, name);
}

/** What `--help` shows: of one command, or of the program. */
export function usageOf(name: CommandName | undefined): string {
  if (name !== undefined) {
    const { synopsis, says, more, options } = COMMANDS[name];
    return `usage: moonsocket ${name} ${synopsis}\n\n${says}\n\n${listed(options.map(shown))}\n${more}\n`;
  }
  const commands = Object.entries(COMMANDS).map(([command, { brief }]): readonly [string, string] => [
    brief[0],
    `${brief[1]}; moonsocket ${command} --help says more`,
  ]);
  return `usage: moonsocket COMMAND ...\n\n${listed([...commands, ...PROGRAM.map(shown)])}`;
}

/** What a long option got, by its name: text, or that it is there. */
export interface Parsed {
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
  readonly operands: readonly string[];
}

/** Options of a command, or of the program, as getopt_long reads them: anywhere, up to `--`. @throws UsageError */
export function parsed(name: CommandName | undefined, args: readonly string[]): Parsed {
  const table = name === undefined ? PROGRAM : COMMANDS[name].options;
  const options = table.flatMap(({ short, long, takes }) =>
    long === undefined ? [] : [[long, { type: takes === undefined ? 'boolean' : 'string', short }] as const],
  );
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: Object.fromEntries(options),
    });
    return { values: values as Parsed['values'], operands: positionals };
  } catch (error) {
    // The sentence after the first explains `--` at length.
    throw new UsageError((error as Error).message.replace(/\. .*/s, ''));
  }
}

function shown({ short, long, takes, says }: Option): readonly [string, string] {
  return [`-${short}${long === undefined ? '' : `, --${long}`}${takes === undefined ? '' : ` ${takes}`}`, says];
}

/** Two columns. */
function listed(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join('');
}
