/** From the arguments of `moonsocket get` to what is asked; nothing here touches the machine. */
import { parseArgs } from 'node:util';
import { targetOf } from '../protocol/connect/target.ts';
import { parse } from '../url/parts.ts';
import { UsageError } from './errors.ts';

export const GET_USAGE = `usage: moonsocket get [-o FILE] [-C] URL

Downloads URL into FILE, or a file with the last name in the URL's path.

  -o, --output FILE  where to; FILE is overwritten, - is the standard output
  -C, --continue     resume a download that was interrupted
  -h, --help         show this

Until it is complete a download is in FILE.part, where -C finds it.
`;

export interface GetArguments {
  readonly url: string;
  /** Undefined: the URL gives the name. */
  readonly output: string | undefined;
  readonly resume: boolean;
}

/** @throws UsageError */
export function getArguments(args: readonly string[]): GetArguments | 'help' {
  const { values, positionals } = parsed(args);
  if (values.help === true) return 'help';
  const [url, ...others] = positionals;
  if (url === undefined || others.length > 0) throw new UsageError('get takes one URL');
  const { output, continue: resume = false } = values;
  if (output === '') throw new UsageError('-o takes the name of a file, or - for the standard output');
  if (output === '-' && resume) throw new UsageError('-C resumes a file, and -o - is none');
  checkUrl(url);
  return { url, output, resume };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        output: { type: 'string', short: 'o' },
        continue: { type: 'boolean', short: 'C' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    // The sentence after the first explains `--` at length.
    throw new UsageError((error as Error).message.replace(/\. .*/s, ''));
  }
}

/** Says before anything is opened what the request would refuse. */
function checkUrl(url: string): void {
  try {
    targetOf(parse(url));
  } catch (error) {
    throw new UsageError((error as Error).message.replace(/^request: /, ''));
  }
}
