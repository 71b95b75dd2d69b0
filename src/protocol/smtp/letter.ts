/** What is sent: a message that was composed, or bytes with an envelope; and what has to be known of it before MAIL. */
import { badArgument, misuse, SocketError } from '../../core/errors.ts';
import { type Flow, settle } from '../../core/flow.ts';
import { MAIL_AT_HAND } from '../../core/limits.ts';
import { abandon, type Chunk, type Source, sourced } from '../../ltn12/protocol.ts';
import { chain } from '../../ltn12/sources.ts';
import { isAscii } from '../../mail/address.ts';
import type { Message, PreparedMessage } from '../../mail/compose.ts';
import { type Content, type ContentOptions, contentOf, readOnce } from '../../mail/content.ts';
import type { MailFiles } from '../../mail/files.ts';
import type { Envelope } from '../../mail/options.ts';
import { looked } from '../../mail/transfer.ts';
import { crlf } from '../../mime/crlf.ts';
import type { Capabilities } from './capabilities.ts';
import { type Announced, checkReports, type ReportOptions, type Route, routeOf } from './envelope.ts';

/** Bytes to be sent as they are, but for line ends, and for dots on the wire. */
export type RawMail = ContentOptions & {
  /** Who it is from and to. Addresses may stand in angle brackets. */
  readonly envelope: Envelope;
};

/** How one mail is sent. */
export interface SendOptions {
  /** Which reports about its delivery are asked for (DSN, RFC 3461), of servers that have that. */
  readonly reports?: ReportOptions | undefined;
  /** Ends the call. Before the end of the message, nothing is delivered then. */
  readonly signal?: AbortSignal | undefined;
}

/** A mail that has been checked, before the server's abilities matter. */
export interface Letter {
  readonly route: Route;
  readonly messageId: string | undefined;
  /** Whether a header field needs SMTPUTF8 (RFC 6531). */
  readonly smtpUtf8: boolean;
  readonly reports: ReportOptions | undefined;
  /** Looks at what has to be known before MAIL. */
  prepare(capabilities: Capabilities, files: MailFiles | undefined): Flow<PreparedMessage>;
}

/** @throws SocketError `ERR_INVALID_ARGUMENT` */
export function letterOf(call: string, mail: Message | RawMail, { reports }: SendOptions): Letter {
  if (typeof mail !== 'object' || mail === null) throw badArgument(`${call}: takes a message, or { envelope, source }`);
  const route = routeOf(call, mail.envelope);
  checkReports(call, reports);
  if ('prepare' in mail) {
    const { messageId, smtpUtf8 } = mail;
    return {
      route,
      messageId,
      smtpUtf8,
      reports,
      prepare: (capabilities, files) => settle(mail.prepare({ eightBit: capabilities.has('8BITMIME'), files })),
    };
  }
  const { envelope: _, ...given } = mail;
  const content = contentOf(call, given);
  return {
    route,
    messageId: undefined,
    smtpUtf8: false,
    reports,
    prepare: (capabilities, files) => preparedRaw(content, capabilities, files),
  };
}

/** What MAIL says of it. @throws SocketError `ERR_SMTP_SIZE`, `ERR_SMTP_UTF8` */
export function announced(
  name: string,
  letter: Letter,
  prepared: PreparedMessage,
  capabilities: Capabilities,
): Announced {
  const { size, eightBit } = prepared;
  const limit = capabilities.size;
  if (size !== undefined && limit !== undefined && size > limit)
    throw new SocketError(
      'ERR_SMTP_SIZE',
      `${name}: the message has ${size} bytes, and the server takes ${limit} (ERR_SMTP_SIZE)`,
    );
  const { from, to } = letter.route;
  const beyondAscii = to.filter((address) => !isAscii(address));
  const hasUtf8 = capabilities.has('SMTPUTF8');
  // A recipient is one that is not reached (RFC 6531, section 3.2); of a sender or a header, the whole mail is.
  const whole = letter.smtpUtf8 ? 'its header' : !isAscii(from) ? 'its sender' : 'each recipient';
  if (!hasUtf8 && (whole !== 'each recipient' || beyondAscii.length === to.length))
    throw new SocketError(
      'ERR_SMTP_UTF8',
      `${name}: an address of ${whole} is not ASCII, and the server has no SMTPUTF8 (ERR_SMTP_UTF8)`,
    );
  return {
    size: capabilities.has('SIZE') ? size : undefined,
    eightBit: eightBit && capabilities.has('8BITMIME'),
    smtpUtf8: hasUtf8 && (letter.smtpUtf8 || beyondAscii.length > 0 || !isAscii(from)),
    unreachable: new Set(hasUtf8 ? [] : beyondAscii),
    reports: capabilities.has('DSN') ? letter.reports : undefined,
  };
}

function* preparedRaw(
  content: Content,
  capabilities: Capabilities,
  files: MailFiles | undefined,
): Flow<PreparedMessage> {
  const { bytes } = content;
  if (capabilities.has('8BITMIME')) {
    // Whether it is 8bit need not be known: what is 7bit may be called so, too.
    const size = yield* settle(content.size(files));
    return { source: chain(content.open(files), crlf()), size, eightBit: true };
  }
  const known = content.once && bytes === undefined ? yield* gathered(content) : content;
  if ((yield* looked(known, files)).high > 0)
    throw misuse('ERR_SMTP_8BIT', `${content.field}: has bytes above 127, and the server has no 8BITMIME (RFC 6152)`);
  const size = yield* settle(known.size(files));
  return { source: chain(known.open(files), crlf()), size, eightBit: false };
}

/** A source that is read once, as bytes. @throws SocketError `ERR_MAIL_SOURCE` where it is too long for that */
function* gathered(content: Content): Flow<Content> {
  const source: Source = content.open();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (let chunk: Chunk = yield* sourced(source); chunk !== null; chunk = yield* sourced(source)) {
      size += chunk.length;
      if (size > MAIL_AT_HAND)
        throw readOnce(
          content.field,
          `the server has no 8BITMIME, whether ${MAIL_AT_HAND} bytes and more are 7bit is known when all was read`,
        );
      chunks.push(chunk);
    }
  } catch (error) {
    yield* abandon(source, error);
    throw error;
  }
  return contentOf(content.field, Buffer.concat(chunks));
}
