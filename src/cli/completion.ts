/** `moonsocket completion`: the table of commands as scripts by which shells complete what is typed. */
import { bashScript } from './completion-bash.ts';
import { fishScript } from './completion-fish.ts';
import { zshScript } from './completion-zsh.ts';
import { UsageError } from './errors.ts';
import type { Parsed } from './parse.ts';
import { say } from './say.ts';

const SCRIPTS: ReadonlyMap<string | undefined, () => string> = new Map([
  ['bash', bashScript],
  ['zsh', zshScript],
  ['fish', fishScript],
]);

/** Gives the exit status. @throws UsageError */
export async function completion({ operands }: Parsed): Promise<number> {
  const script = operands.length === 1 ? SCRIPTS.get(operands[0]) : undefined;
  if (script === undefined) throw new UsageError('completion takes the name of a shell: bash, zsh or fish');
  await say(script());
  return 0;
}
