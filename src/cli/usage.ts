/** `--help`: the table of commands as text. */
import { COMMANDS, type CommandName, type Option, PROGRAM, STATUSES, VARIABLES } from './commands.ts';

const WIDTH = 100;

/** What `--help` shows: of one command, or of the program. */
export function usageOf(name: CommandName | undefined): string {
  if (name === undefined) {
    const briefs = Object.values(COMMANDS).map(({ brief }) => brief);
    const more = 'moonsocket COMMAND --help says more.';
    return `usage: moonsocket COMMAND ...\n\n${listed([...briefs, ...optionRows(PROGRAM)])}\nEnvironment:\n${listed(VARIABLES)}\n${more}\n`;
  }
  const { synopsis, says, more, options, statuses: others = [], examples } = COMMANDS[name];
  const statuses = name === 'lua' ? '' : `\nExit status:\n${listed([...STATUSES, ...others])}`;
  return [
    `usage: ${`moonsocket ${name} ${synopsis}`.trimEnd()}\n\n${wrapped(says)}`,
    `${listed(optionRows(options))}${more === '' ? '' : `\n${wrapped(more)}`}${statuses}\nExamples:\n${examplesText(examples)}`,
  ].join('\n');
}

/** `-o, --output FILE`; a long name alone stands below the other long ones. */
export function optionText({ short, long, takes }: Option, blank = '    '): string {
  const names = [short === undefined ? undefined : `-${short}`, long === undefined ? undefined : `--${long}`];
  const text = names.filter((part) => part !== undefined).join(', ');
  return `${short === undefined ? blank : ''}${text}${takes === undefined ? '' : ` ${takes}`}`;
}

function optionRows(options: readonly Option[]): (readonly [string, string])[] {
  return options.map((option) => [optionText(option), option.says]);
}

/** What each does stands below it: calls are long. */
function examplesText(examples: readonly (readonly [string, string])[]): string {
  return examples.map(([call, what]) => `  moonsocket ${call}\n      ${what}\n`).join('');
}

/** Two columns. */
function listed(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join('');
}

/** Paragraphs, each line no longer than the widest that is comfortable. */
function wrapped(text: string): string {
  const line = new RegExp(`(.{1,${WIDTH}})(?: +|$)`, 'gm');
  return `${text
    .replace(line, '$1\n')
    .replace(/\n\n\n+/g, '\n\n')
    .trimEnd()}\n`;
}
