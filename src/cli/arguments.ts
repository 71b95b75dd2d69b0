/** From the arguments of `moonsocket get` to what is asked; nothing here touches the machine. */
import { targetOf } from '../protocol/connect/target.ts';
import { parse } from '../url/parts.ts';
import { parsed } from './commands.ts';
import { UsageError } from './errors.ts';

export interface GetArguments {
  readonly url: string;
  /** Undefined: the URL gives the name. */
  readonly output: string | undefined;
  readonly resume: boolean;
}

/** @throws UsageError */
export function getArguments(args: readonly string[]): GetArguments | 'help' {
  const { values, operands } = parsed('get', args);
  if (values.help === true) return 'help';
  const [url, ...others] = operands;
  if (url === undefined || others.length > 0) throw new UsageError('get takes one URL');
  const output = values.output as string | undefined;
  const resume = values.continue === true;
  if (output === '') throw new UsageError('-o takes the name of a file, or - for the standard output');
  if (output === '-' && resume) throw new UsageError('-C resumes a file, and -o - is none');
  checkUrl(url);
  return { url, output, resume };
}

/** Says before anything is opened what the request would refuse. */
function checkUrl(url: string): void {
  try {
    targetOf(parse(url));
  } catch (error) {
    throw new UsageError((error as Error).message.replace(/^request: /, ''));
  }
}
