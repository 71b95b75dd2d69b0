/** From the options of `moonsocket mail` and the standard input to a message. */
import { isUtf8 } from 'node:buffer';
import { statSync } from 'node:fs';
import { compose, type Message } from '../mail/compose.ts';
import { CommandError, UsageError } from './errors.ts';
import type { Parsed } from './parse.ts';
import { complain } from './say.ts';
import { checked, urlOf } from './url.ts';

export interface MailArguments {
  readonly from: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly subject: string;
  readonly html: string | undefined;
  readonly attachments: readonly string[];
  /** The server. */
  readonly url: string;
  /** Whether the URL is from the environment, which other users cannot read. */
  readonly trusted: boolean;
}

/** Without a server named. */
const HERE = 'smtp://localhost';

/** @throws UsageError */
export function mailArguments(options: Parsed): MailArguments {
  const [operand] = options.operands;
  if (operand !== undefined)
    throw new UsageError(`mail takes options alone: --to ADDRESS, --attach FILE, …; not ${operand}`);
  const [to, cc, bcc] = [options.texts('to'), options.texts('cc'), options.texts('bcc')];
  const [from, subject] = [options.text('from'), options.text('subject')];
  if (to.length + cc.length + bcc.length === 0) throw new UsageError('mail has no recipient: --to ADDRESS');
  if (from === undefined) throw new UsageError('mail has no sender: --from ADDRESS');
  if (subject === undefined) throw new UsageError('mail has no subject: --subject TEXT');
  const server = options.text('server');
  const { MOONSOCKET_SMTP } = process.env;
  return {
    ...{ from, to, cc, bcc, subject, html: options.text('html'), attachments: options.texts('attach') },
    url: urlOf(server ?? (MOONSOCKET_SMTP || HERE), 'smtp'),
    trusted: server === undefined,
  };
}

/** The message, with the standard input as its text. @throws UsageError, CommandError, and the system's errors */
export async function messageOf({ from, to, cc, bcc, subject, html, attachments }: MailArguments): Promise<Message> {
  const heading = { from, to, cc, bcc, subject };
  // Mistakes are said before a user types a text.
  checked(() => compose(heading));
  for (const file of [...attachments, ...(html === undefined ? [] : [html])]) checkFile(file);
  const text = await standardInput();
  if (!isUtf8(text))
    throw new CommandError('the text is not UTF-8: iconv -t UTF-8 makes it so, and --attach FILE sends any bytes');
  return compose({
    ...heading,
    // Html alone is a message, too.
    text: text.length === 0 && html !== undefined ? undefined : text,
    html: html === undefined ? undefined : { path: html },
    attachments: attachments.map((path) => ({ path })),
  });
}

function checkFile(file: string): void {
  if (!statSync(file).isFile()) throw new CommandError(`${file} is no file`);
}

async function standardInput(): Promise<Buffer> {
  if (process.stdin.isTTY) complain('type the text; Ctrl-D in an empty line ends it');
  const pieces: Buffer[] = [];
  for await (const piece of process.stdin) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
