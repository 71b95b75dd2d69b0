/** `moonsocket mail`: sends a message whose text is the standard input, or shows it. */
import { connect } from '../async/smtp.ts';
import { type RecipientResult, SocketError } from '../core/errors.ts';
import type { Source } from '../ltn12/protocol.ts';
import { all } from '../ltn12/pump.ts';
import type { Message, PreparedMessage } from '../mail/compose.ts';
import { planOf, type SmtpOptions } from '../protocol/smtp/options.ts';
import { CommandError } from './errors.ts';
import { Logins } from './login.ts';
import { type MailArguments, mailArguments, messageOf } from './mail-arguments.ts';
import type { Parsed } from './parse.ts';
import { ProgressBar } from './progress-bar.ts';
import { complain, say } from './say.ts';
import { tlsOf } from './tls.ts';
import { transcript } from './transcript.ts';
import { checked } from './url.ts';

/** Some recipients were refused, and the others have the message. */
const PARTLY = 3;

/** Bytes from which on a message takes long enough to be watched. */
const LARGE = 2 ** 20;

/** Gives the exit status. @throws UsageError, CommandError, SocketError, and the system's errors */
export async function mail(options: Parsed): Promise<number> {
  const asked = mailArguments(options);
  const message = await messageOf(asked);
  if (options.has('dry-run')) {
    await all(message.source(), (chunk) => (chunk === null ? undefined : say(chunk)));
    return 0;
  }
  return refusals(await sent(message, asked, options));
}

/** Sends it; the recipients that were refused. */
async function sent(
  message: Message,
  { url, trusted }: MailArguments,
  options: Parsed,
): Promise<readonly RecipientResult[]> {
  const how: SmtpOptions<'await'> = {
    ...(await new Logins(options).for(url, trusted)),
    tls: tlsOf(options),
    log: options.has('verbose') ? transcript : undefined,
  };
  checked(() => planOf('smtp', url, how));
  const session = await connect(url, how);
  const watched = new Watched(message, process.stderr.isTTY && !options.has('quiet') && !options.has('verbose'));
  try {
    const { rejected } = await session.send(watched.message);
    return rejected;
  } catch (error) {
    watched.close();
    if (!(error instanceof SocketError) || error.code !== 'ERR_RECIPIENTS') throw error;
    refusals(error.recipients ?? []);
    throw new CommandError('the message was not sent: no recipient was accepted', { cause: error });
  } finally {
    watched.close();
    await session.quit();
  }
}

/** Names each, and gives the exit status. */
function refusals(recipients: readonly RecipientResult[]): number {
  for (const { address, reply, accepted, permanent } of recipients) {
    if (accepted) continue;
    const said = reply === undefined ? 'no reply' : `${reply.code} ${reply.text}`;
    complain(`${address} was refused${permanent ? '' : ' for now'}: ${said}`);
  }
  return recipients.some(({ accepted }) => !accepted) ? PARTLY : 0;
}

/** A message, whose bytes are counted on their way if there are many of them. */
class Watched {
  readonly message: Message;
  #bar: ProgressBar | undefined;

  constructor(message: Message, showing: boolean) {
    this.message = {
      ...message,
      prepare: async (wire) => {
        const prepared = await message.prepare(wire);
        const { size = 0 } = prepared;
        return showing && size >= LARGE ? { ...prepared, source: this.#counted(prepared) } : prepared;
      },
    };
  }

  close(): void {
    this.#bar?.close();
    this.#bar = undefined;
  }

  #counted({ source, size }: PreparedMessage): Source {
    let here = 0;
    this.#bar = ProgressBar.of({ before: 0, total: size, here: () => here });
    const counted: Source = async () => {
      const chunk = await source();
      here += chunk?.length ?? 0;
      return chunk;
    };
    counted.close = source.close;
    return counted;
  }
}
