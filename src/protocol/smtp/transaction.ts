/**
 * One mail, from MAIL to the reply to its last byte (RFC 5321, section 3.3). With PIPELINING (RFC 2920) the envelope and
 * DATA are one write, and each reply is matched to its command:
 *
 *     MAIL FROM:<ann@example.com> SIZE=1024        250 ok
 *     RCPT TO:<bob@example.org>                    250 ok
 *     RCPT TO:<nobody@example.org>                 550 5.1.1 no such user
 *     DATA                                         354 go on
 *     (the message)                                250 queued as 4711
 */
import { type RecipientResult, ReplyError, SocketError } from '../../core/errors.ts';
import type { Flow } from '../../core/flow.ts';
import { PIPELINED_COMMANDS } from '../../core/limits.ts';
import { abandon, type Sink, type Source } from '../../ltn12/protocol.ts';
import type { Step } from '../../ltn12/pump.ts';
import { empty } from '../../ltn12/sources.ts';
import type { PreparedMessage } from '../../mail/compose.ts';
import type { Face } from '../../sockets/face.ts';
import type { Dialogue } from '../tp/dialogue.ts';
import { type CommandLine, commandLine } from '../tp/line.ts';
import type { Reply } from '../tp/reply.ts';
import type { Capabilities } from './capabilities.ts';
import { isOpen, sendChunks, sendData, type Transfer } from './data.ts';
import { type Announced, mailLine, recipientLine } from './envelope.ts';
import type { Letter } from './letter.ts';

/** What came of a mail. */
export interface Delivery {
  readonly recipients: readonly RecipientResult[];
  /** The reply to the message; with LMTP that of the last recipient. */
  readonly reply: Reply;
  /** Bytes of the message, without the dots that were doubled. */
  readonly size: number;
}

/** How the server is spoken to. */
export interface Manner {
  readonly capabilities: Capabilities;
  readonly lmtp: boolean;
  /** Whether a transaction before this one has to be taken back. */
  readonly reset: boolean;
  /** Seconds for the reply to the message. */
  readonly delivery: number | null;
  readonly step: Step<Source, Sink> | undefined;
  readonly signal: AbortSignal | undefined;
}

const RSET = commandLine('RSET');
const DATA = commandLine('DATA');
const MESSAGE = '(the message)';

/** @throws ReplyError, `ERR_RECIPIENTS`, `ERR_UNKNOWN_OUTCOME`: with what each recipient got */
export function* delivered<F extends Face>(
  dialogue: Dialogue<F>,
  letter: Letter,
  prepared: PreparedMessage,
  said: Announced,
  manner: Manner,
): Flow<Delivery> {
  const recipients: RecipientResult[] = [];
  let over = false;
  let begun = false;
  try {
    const { hasData, refusal } = yield* envelopeSent(dialogue, letter, said, manner, recipients);
    const accepted = recipients.filter((recipient) => recipient.accepted);
    const transfer: Transfer = {
      step: manner.step,
      signal: manner.signal,
      answered: manner.lmtp ? accepted.map(({ address }) => `${MESSAGE} for ${address}`) : [MESSAGE],
      ending: () => {
        over = true;
      },
    };
    if (refusal !== undefined || accepted.length === 0) {
      // A server that wants the message all the same gets an empty one (RFC 2920, section 3.1).
      if (hasData) yield* sendData(dialogue, empty(), { ...transfer, answered: [MESSAGE], ending: () => {} });
      if (hasData) yield* dialogue.anyReply(manner.signal);
      throw refusal ?? noRecipient(dialogue.options.name, recipients);
    }
    const { source } = prepared;
    begun = true;
    const size = hasData
      ? yield* sendData(dialogue, source, transfer)
      : yield* sendChunks(dialogue, source, transfer, manner.capabilities.has('PIPELINING'));
    const reply = manner.lmtp
      ? yield* repliesForEach(dialogue, recipients, manner)
      : yield* finalReply(dialogue, manner);
    return { recipients, reply, size };
  } catch (error) {
    if (!begun) yield* abandon(prepared.source, error);
    throw SocketError.withRecipients(over && isOpen(error) ? unknownOutcome(error as SocketError) : error, recipients);
  }
}

/** The envelope, up to the replies to RCPT; with DATA, whether the server waits for the message. `refusal`: the sender was refused. */
function* envelopeSent<F extends Face>(
  dialogue: Dialogue<F>,
  { route }: Letter,
  said: Announced,
  { capabilities, reset, signal }: Manner,
  recipients: RecipientResult[],
): Flow<{ readonly hasData: boolean; readonly refusal?: ReplyError }> {
  const pipelined = capabilities.has('PIPELINING');
  const chunked = capabilities.has('CHUNKING');
  const lines: CommandLine[] = [
    ...(reset ? [RSET] : []),
    mailLine(route, said),
    ...route.to
      .filter((address) => !said.unreachable.has(address))
      .map((address) => recipientLine(address, said.reports)),
    ...(pipelined && !chunked ? [DATA] : []),
  ];
  const replies = replyReader(dialogue, lines, pipelined, signal);
  if (reset) yield* replies();
  const mail = yield* replies();
  for (const address of route.to) {
    if (said.unreachable.has(address)) {
      recipients.push({ address, accepted: false, permanent: true });
      continue;
    }
    if (mail.code >= 300 && !pipelined) throw dialogue.refused(mail, mailLine(route, said).shown);
    const reply = yield* replies();
    if (mail.code < 300) recipients.push(resultOf(address, reply));
  }
  let hasData = false;
  if (pipelined && !chunked) hasData = (yield* dataReply(replies, recipients)).code === 354;
  if (mail.code >= 300) return { hasData, refusal: dialogue.refused(mail, mailLine(route, said).shown) };
  if (pipelined || chunked || !recipients.some(({ accepted }) => accepted)) return { hasData };
  yield* dialogue.command(DATA, '354', signal);
  return { hasData: true };
}

type NextReply = (expected?: string) => Flow<Reply>;

/** The replies to these commands, one after the other; commands are sent when their turn comes, alone or several at once. */
function replyReader<F extends Face>(
  dialogue: Dialogue<F>,
  lines: readonly CommandLine[],
  pipelined: boolean,
  signal: AbortSignal | undefined,
): NextReply {
  const atOnce = pipelined ? PIPELINED_COMMANDS : 1;
  let sent = 0;
  let read = 0;
  return function* (expected) {
    if (read === sent) {
      const group = lines.slice(sent, sent + atOnce);
      sent += group.length;
      yield* dialogue.send(group, signal);
    }
    const command = lines[read++]?.shown;
    const reply = yield* dialogue.anyReply(signal);
    // It closes the connection with that, so that no other reply comes.
    if (reply.code === 421 || (expected !== undefined && String(reply.code) !== expected))
      throw dialogue.refused(reply, command);
    return reply;
  };
}

/** Where a recipient was taken, DATA has to be, too. */
function* dataReply(replies: NextReply, recipients: readonly RecipientResult[]): Flow<Reply> {
  return yield* replies(recipients.some(({ accepted }) => accepted) ? '354' : undefined);
}

function* finalReply<F extends Face>(dialogue: Dialogue<F>, { delivery, signal }: Manner): Flow<Reply> {
  const end = dialogue.options.clock.replyingWithin(delivery);
  try {
    return yield* dialogue.reply('2..', signal);
  } finally {
    end();
  }
}

/** LMTP: a reply for each recipient that was taken (RFC 2033, section 4.2). */
function* repliesForEach<F extends Face>(
  dialogue: Dialogue<F>,
  recipients: RecipientResult[],
  { delivery, signal }: Manner,
): Flow<Reply> {
  const end = dialogue.options.clock.replyingWithin(delivery);
  let last: Reply | undefined;
  try {
    for (const [index, { address, accepted }] of recipients.entries()) {
      if (!accepted) continue;
      last = yield* dialogue.anyReply(signal);
      recipients[index] = resultOf(address, last);
    }
  } finally {
    end();
  }
  if (!recipients.some(({ accepted }) => accepted)) throw noRecipient(dialogue.options.name, recipients);
  return last as Reply;
}

function resultOf(address: string, reply: Reply): RecipientResult {
  return { address, accepted: reply.code < 300, reply: reply.numbered, permanent: reply.code >= 500 };
}

function noRecipient(name: string, recipients: readonly RecipientResult[]): SocketError {
  const [first] = recipients;
  const why =
    first?.reply === undefined ? '' : `; ${first.address}: ${first.reply.code} ${first.reply.text.split('\n')[0]}`;
  return new SocketError(
    'ERR_RECIPIENTS',
    `${name}: none of ${recipients.length} recipients was accepted${why} (ERR_RECIPIENTS)`,
    {
      recipients,
      reply: first?.reply,
    },
  );
}

/** The message may have been delivered, and is not to be sent again without a thought. */
function unknownOutcome(error: SocketError): SocketError {
  const { command, reply } = error;
  const message = `${error.message}; the message was sent, and may have been delivered (ERR_UNKNOWN_OUTCOME)`;
  const unknown = new SocketError('ERR_UNKNOWN_OUTCOME', message, { command, reply });
  Object.defineProperty(unknown, 'cause', { value: error, configurable: true, writable: true });
  return unknown;
}

/** Whether the connection is of no more use after this error. */
export function isFatal(error: unknown): boolean {
  if (!(error instanceof SocketError)) return true;
  if (error.code === 'ERR_RECIPIENTS') return error.reply?.code === 421;
  if (error instanceof ReplyError) return error.reply?.code === 421;
  return true;
}
