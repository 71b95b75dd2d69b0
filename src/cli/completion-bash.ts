/** Completion for bash, from version 3.2 on. */
import type { Command, Option } from './commands.ts';
import { commands, programOptions, quoted, spelled, takesFile } from './completion-words.ts';

export function bashScript(): string {
  const names = [...commands.map(([name]) => name), ...programOptions].join(' ');
  return `# Completion of moonsocket for bash.
_moonsocket() {
  local IFS=$' \\t\\n' word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} words= files=
  if [ "$COMP_CWORD" = 1 ]; then
    words=${quoted(names)}
  else
    case \${COMP_WORDS[1]}:$before:$word in
${commands.map(([name, command]) => casesOf(name, command)).join('')}    esac
  fi
  if [ -n "$files" ]; then
    compopt -o filenames 2>/dev/null
    IFS=$'\\n'
    COMPREPLY=($(compgen -f -- "$word"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$word"))
  fi
}
complete -F _moonsocket moonsocket
`;
}

/** Arguments of options first: behind \`-o\` stands a file, whatever it begins with. */
function casesOf(name: string, { options, operands }: Command): string {
  const taking = options.filter(({ takes }) => takes !== undefined);
  const branch = (patterns: readonly string[], does: string): string =>
    patterns.length === 0 ? '' : `      ${patterns.join(' | ')}) ${does} ;;\n`;
  const before = (option: Option): string[] => spelled(option).map((spelling) => `${name}:${spelling}:*`);
  const all = options.flatMap(spelled).join(' ');
  return [
    ...taking.map((option) => branch(before(option), argumentOf(option))),
    branch([`${name}:*:-*`], `words=${quoted(all)}`),
    branch([`${name}:*`], operands === 'files' ? 'files=1' : `words=${quoted(operands.join(' '))}`),
  ].join('');
}

function argumentOf(option: Option): string {
  return takesFile(option) ? 'files=1' : `words=${quoted((option.words ?? []).join(' '))}`;
}
