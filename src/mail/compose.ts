/** From options to a message: its fields, its parts, and the source of its bytes. */
import { badArgument, misuse } from '../core/errors.ts';
import { type Flow, type MaybePromise, runMaybe, settle } from '../core/flow.ts';
import { shown } from '../core/shown.ts';
import { foldHeaders } from '../headers/format.ts';
import { abandon, type Chunk, type Source, sourced } from '../ltn12/protocol.ts';
import { readOnce } from './content.ts';
import { Signature } from './dkim.ts';
import { headingOf } from './fields.ts';
import type { Envelope, MailOptions } from './options.ts';
import { type Field, type Part, type Piece, type Plan, planned, sizeOf, sourceOf, type WireOptions } from './part.ts';
import { bodyOf, contentsOf } from './parts.ts';
import { envelopeOf } from './recipients.ts';
import { now } from './stamps.ts';

/** A message that is ready to be sent: all that can be known before its first byte. */
export interface PreparedMessage {
  /** The bytes, each line ending with CR LF. */
  readonly source: Source;
  /** How many there are, where that is known without reading; the CR LF that a last line may lack is not counted. */
  readonly size: number | undefined;
  /** Whether there are bytes above 127 in its text. */
  readonly eightBit: boolean;
}

/** A message that {@link compose} made. It can be read as often as its contents can. */
export interface Message {
  /** Who it is from and to on its way; `bcc` is here, and nowhere in the message. */
  readonly envelope: Envelope;
  /** Its identifier, in angle brackets. */
  readonly messageId: string;
  /** Whether a header field has an address that is not ASCII, so that only servers with SMTPUTF8 (RFC 6531) take the message. */
  readonly smtpUtf8: boolean;
  /** A source of its bytes. What has to be looked at before the first byte is looked at by the first read. */
  source(options?: WireOptions): Source;
  /**
   * Looks at what has to be known before the first byte: which texts are 7bit, and the body where it is signed. Answers at
   * once where all contents do.
   */
  prepare(options?: WireOptions): MaybePromise<PreparedMessage>;
}

/**
 * A message out of texts, attachments and addresses (RFC 5322, MIME). Nothing is read and nothing sent before it is asked
 * for; large contents are never in memory as a whole.
 *
 * ```ts
 * import { compose } from 'moonsocket/mail';
 * import { source } from 'moonsocket/ltn12';
 *
 * const mail = compose({
 *   from: 'Ann <ann@example.com>',
 *   to: 'Bob Ünal <bob@example.org>, carol@example.org',
 *   bcc: 'dave@example.net',
 *   subject: 'Grüße',
 *   text: 'Hello!\n',
 *   attachments: [{ filename: 'hello.txt', content: 'Hello, world!' }],
 * });
 * mail.envelope.to; // => ['bob@example.org', 'carol@example.org', 'dave@example.net']
 * const text = Buffer.concat([...source.iterate(mail.source())]).toString();
 * text.includes('Subject: =?UTF-8?B?R3LDvMOfZQ==?=\r\n'); // => true
 * text.includes('dave'); // => false
 * ```
 *
 * @throws SocketError `ERR_INVALID_ARGUMENT`, naming the option, for an address that is none, a control character in a text (CR, LF,
 * NUL, …), a header that is there twice; `ERR_MAIL_SOURCE` for a `source`, which is read once, where a text or a signature needs it twice
 */
export function compose(options: MailOptions): Message {
  if (typeof options !== 'object' || options === null)
    throw badArgument(`compose: takes an object, not ${shown(options)}`);
  const heading = headingOf(options);
  const head = foldHeaders(heading.fields);
  const body = bodyOf(options);
  const signatures = [options.dkim ?? []].flat().map((dkim) => new Signature(dkim));
  const once = signatures.length === 0 ? undefined : contentsOf(body).find((content) => content.once);
  if (once !== undefined) throw readOnce(once.field, 'a signature is made of the whole message');
  const prepare = (wire: WireOptions = {}): Flow<PreparedMessage> =>
    prepared(heading.fields, head, body, signatures, wire);
  return {
    envelope: envelopeOf(options, heading.sender),
    messageId: heading.messageId,
    smtpUtf8: heading.smtpUtf8,
    source: (wire) => later(prepare(wire)),
    prepare: (wire) => runMaybe(prepare(wire)),
  };
}

function* prepared(
  fields: readonly Field[],
  lines: string,
  body: Part,
  signatures: readonly Signature[],
  wire: WireOptions,
): Flow<PreparedMessage> {
  // RFC 6376, section 5.3: a signed message is 7bit, since nobody may encode it again.
  const plan = yield* planned(body, signatures.length === 0 ? wire : { ...wire, eightBit: false });
  const signed = signatures.length === 0 ? undefined : yield* signedBody(plan, signatures, [...fields, ...plan.fields]);
  const head = Buffer.from(`${foldHeaders(signed?.fields ?? [])}${lines}${foldHeaders(plan.fields)}\r\n`);
  const pieces: Piece[] = [head, ...plan.body];
  const size = signed === undefined ? yield* sizeOf(pieces) : head.length + signed.size;
  const source = sourceOf(pieces);
  return { source: signed === undefined ? source : measured(source, size as number), size, eightBit: plan.eightBit };
}

/** Reads the body a first time, for all signatures. */
function* signedBody(
  plan: Plan,
  signatures: readonly Signature[],
  fields: readonly Field[],
): Flow<{ readonly fields: readonly Field[]; readonly size: number }> {
  const hashes = signatures.map((signature) => signature.body());
  const source = sourceOf(plan.body);
  let size = 0;
  try {
    for (let chunk = yield* sourced(source); chunk !== null; chunk = yield* sourced(source)) {
      size += chunk.length;
      for (const hash of hashes) hash.push(chunk);
    }
  } catch (error) {
    yield* abandon(source, error);
    throw error;
  }
  const time = now();
  return { fields: signatures.map((signature, index) => signature.field(fields, hashes[index]!.digest(), time)), size };
}

/** Fails at the end where the second reading has given another number of bytes than the one that was signed. */
function measured(source: Source, size: number): Source {
  let left = size;
  function* next(): Flow<Chunk> {
    const chunk = yield* sourced(source);
    left -= chunk?.length ?? 0;
    if (left < 0 || (chunk === null && left > 0))
      throw misuse(
        'ERR_MAIL_SOURCE',
        'a content has changed between the reading for its signature and the one for sending',
      );
    return chunk;
  }
  const checked: Source = () => runMaybe(next());
  checked.close = (error) => source.close?.(error);
  return checked;
}

/** The source of a message that is prepared by the first read. */
function later(flow: Flow<PreparedMessage>): Source {
  let source: Source | undefined;
  function* next(): Flow<Chunk> {
    source ??= (yield* flow).source;
    return yield* settle(source());
  }
  const deferred: Source = () => runMaybe(next());
  deferred.close = (error) => source?.close?.(error);
  return deferred;
}
