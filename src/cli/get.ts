/** `moonsocket get`: downloads that show how far they are, and go on where they were interrupted. */
import { type Destination, fileDestination, nowhere, standardOutput } from './destination.ts';
import { Download } from './download.ts';
import { isExpected } from './errors.ts';
import { fileNameOf } from './file-name.ts';
import { isFtp, PATIENCE } from './ftp-url.ts';
import { type GetArguments, type Getting, getArguments } from './get-arguments.ts';
import { Logins } from './login.ts';
import type { Parsed } from './parse.ts';
import { complain } from './say.ts';

/** Gives the exit status. @throws UsageError; of one URL alone CommandError, SocketError, and the system's errors */
export async function get(options: Parsed, patience: number = PATIENCE): Promise<number> {
  const asked = getArguments(options);
  const how: Getting = { options, http: asked.http, logins: new Logins(options), patience };
  let status = 0;
  for (const url of asked.urls) {
    try {
      const download = new Download(destinationOf(url, asked), shows(options, asked));
      // What only one protocol needs is loaded for it.
      if (isFtp(url)) await (await import('./get-ftp.ts')).getFtp(url, download, how);
      else await (await import('./get-http.ts')).getHttp(url, download, how);
    } catch (error) {
      if (asked.urls.length === 1 || !isExpected(error)) throw error;
      complain(error.message);
      status = 1;
    }
  }
  return status;
}

function destinationOf(url: string, { output, resume, http }: GetArguments): Destination {
  if (http.method === 'HEAD') return nowhere();
  if (output === '-') return standardOutput();
  return fileDestination(output ?? fileNameOf(url), { resume, overwrite: output !== undefined });
}

/** The text of a download or a transcript and the bar would overwrite each other. */
function shows(options: Parsed, { output }: GetArguments): boolean {
  if (options.has('quiet') || options.has('verbose')) return false;
  return process.stderr.isTTY && !(output === '-' && process.stdout.isTTY);
}
