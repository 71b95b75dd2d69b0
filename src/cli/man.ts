/** `moonsocket man`: the table of commands as a manual page, in the macros of man(7). */
import { COMMANDS, type Command, type Option, PROGRAM, STATUSES, VARIABLES } from './commands.ts';
import { UsageError } from './errors.ts';
import type { Parsed } from './parse.ts';
import { say } from './say.ts';
import { optionText } from './usage.ts';

/** Gives the exit status. @throws UsageError */
export async function man({ operands }: Parsed, version: string): Promise<number> {
  if (operands.length > 0) throw new UsageError('man takes no argument');
  await say(manualPage(version));
  return 0;
}

type Row = readonly [left: string, says: string];

/** The page. */
export function manualPage(version: string): string {
  return [
    `.TH MOONSOCKET 1 "" "moonsocket ${roff(version)}" "User Commands"`,
    '.SH NAME',
    'moonsocket \\- downloads, uploads, sends mail, and runs Lua programs with LuaSocket',
    '.SH SYNOPSIS',
    ...Object.entries(COMMANDS).flatMap(([name, { synopsis }], i) => [
      ...(i === 0 ? [] : ['.br']),
      `.B moonsocket ${name}`,
      ...(synopsis === '' ? [] : [line(synopsis)]),
    ]),
    '.SH COMMANDS',
    ...Object.entries(COMMANDS).flatMap(([name, command]) => sectionOf(name, command)),
    '.SH OPTIONS',
    ...rows(optionRows(PROGRAM)),
    '.SH EXIT STATUS',
    ...rows(STATUSES),
    '.SH ENVIRONMENT',
    ...rows(VARIABLES),
    '',
  ].join('\n');
}

function sectionOf(name: string, { says, more, options, statuses, examples }: Command): string[] {
  return [
    `.SS ${name}`,
    line(says),
    ...rows(optionRows(options)),
    ...paragraphs(more),
    ...(statuses === undefined ? [] : ['.PP', 'Exit status, besides those of all commands:', ...rows(statuses)]),
    '.PP',
    'Examples:',
    ...rows(examples.map(([call, does]): Row => [`moonsocket ${call}`, does])),
  ];
}

function optionRows(options: readonly Option[]): Row[] {
  return options.map((option) => [optionText(option, ''), option.says]);
}

function rows(list: readonly Row[]): string[] {
  return list.flatMap(([left, says]) => ['.TP', `.B ${roff(left)}`, line(says)]);
}

function paragraphs(text: string): string[] {
  return text === '' ? [] : text.split('\n\n').flatMap((paragraph) => ['.PP', line(paragraph)]);
}

/** A line that begins with a point or an apostrophe would be a macro. */
function line(text: string): string {
  return roff(text).replace(/^[.']/, '\\&$&');
}

/** A hyphen that is to be typed is a minus sign. */
function roff(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('"', '\\(dq');
}
