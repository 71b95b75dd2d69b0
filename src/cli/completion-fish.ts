/** Completion for fish. */
import type { Command, Option } from './commands.ts';
import { PROGRAM } from './commands.ts';
import { commands, quoted, spelled, takesFile } from './completion-words.ts';

export function fishScript(): string {
  const begin = '# Completion of moonsocket for fish.\ncomplete -c moonsocket -f\n';
  const names = commands.map(([name, { brief }]) => line('__fish_use_subcommand', `-a ${name}`, brief[1]));
  const own = PROGRAM.map((option) => line('__fish_use_subcommand', optionText(option), option.says));
  return `${begin}${[...names, ...own, ...commands.flatMap(linesOf)].join('')}`;
}

function linesOf([name, { options, operands }]: readonly [string, Command]): string[] {
  const when = `__fish_seen_subcommand_from ${name}`;
  const subject = operands === 'files' ? ['-F'] : operands.length > 0 ? [`-a ${quoted(operands.join(' '))}`] : [];
  return [
    ...options
      .filter((option) => spelled(option).length > 0)
      .map((option) => line(when, optionText(option), option.says)),
    ...subject.map((words) => `complete -c moonsocket -n ${quoted(when)} ${words}\n`),
  ];
}

function line(when: string, what: string, says: string): string {
  return `complete -c moonsocket -n ${quoted(when)} ${what} -d ${quoted(says)}\n`;
}

function optionText(option: Option): string {
  const { short, long, takes, words } = option;
  const argument =
    takes === undefined ? '' : takesFile(option) ? ' -rF' : ` -x${words ? ` -a ${quoted(words.join(' '))}` : ''}`;
  return `${[short && `-s ${short}`, long && `-l ${long}`].filter(Boolean).join(' ')}${argument}`;
}
