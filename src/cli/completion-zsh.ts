/** Completion for zsh. */
import type { Command, Option } from './commands.ts';
import { PROGRAM } from './commands.ts';
import { commands, quoted, spelled, takesFile } from './completion-words.ts';

export function zshScript(): string {
  const names = commands.map(([name, { brief }]) => `    ${quoted(`${name}:${brief[1]}`)}\n`).join('');
  return `#compdef moonsocket
# Completion of moonsocket for zsh.
_moonsocket() {
  local -a commands
  commands=(
${names}  )
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    _describe command commands
    return
  fi
  local command=$words[2]
  if (( CURRENT == 2 )); then
    _arguments ${PROGRAM.flatMap(specsOf).join(' ')}
    return
  fi
  shift words
  (( CURRENT-- ))
  case $command in
${commands.map(([name, command]) => caseOf(name, command)).join('')}  esac
}
if [[ $funcstack[1] == _moonsocket ]]; then _moonsocket "$@"; else compdef _moonsocket moonsocket; fi
`;
}

function caseOf(name: string, { options, operands }: Command): string {
  const subject =
    operands === 'files' ? ["'*:file:_files'"] : operands.length > 0 ? [quoted(`1:name:(${operands.join(' ')})`)] : [];
  const specs = [...options.flatMap(specsOf), ...subject];
  return `    ${name}) _arguments -s ${specs.join(' ')} ;;\n`;
}

/** \`*\` before an option lets it stand there several times. */
function specsOf(option: Option): string[] {
  const { takes, words, says, repeats } = option;
  const argument =
    takes === undefined ? '' : `:${takes}:${takesFile(option) ? '_files' : words ? `(${words.join(' ')})` : ' '}`;
  const spellings = spelled(option);
  const others = repeats === true ? '*' : `(${spellings.join(' ')})`;
  // A colon ends a part of it, and a bracket the text.
  const text = says.replace(/[[\]\\:]/g, '\\$&');
  return spellings.map((spelling) => quoted(`${others}${spelling}[${text}]${argument}`));
}
