/** Content codings (RFC 9110, section 8.4): what a request asks for, and what its reply is decoded by. */
import { ReceiveBuffer } from '../../../core/buffer.ts';
import { LimitError, ProtocolError, SocketError } from '../../../core/errors.ts';
import { type Flow, settle } from '../../../core/flow.ts';
import { BODY_LIMIT, CODING_LIMIT, CODING_NAMES, INFLATE_FREE, INFLATE_RATIO_LIMIT } from '../../../core/limits.ts';
import type { HeaderMap } from '../../../headers/map.ts';
import { chain } from '../../../ltn12/filters.ts';
import type { Filter, Sink, Source } from '../../../ltn12/protocol.ts';
import { all } from '../../../ltn12/pump.ts';
import { checkLimit } from './body.ts';
import { type Allowance, type Coding, inflating, soundCodings } from './inflate.ts';

/**
 * The Accept-Encoding of a request whose headers are `given`. None where the caller has his own, since he gets what he
 * asks for; nor for a range, which is one of the coded bytes.
 */
export function acceptEncoding(given: HeaderMap): string | undefined {
  if (given.has('accept-encoding') || given.has('range')) return undefined;
  offer ??= soundCodings().join(', ');
  return offer || undefined;
}

/** What requests offer; what the runtime has does not change. */
let offer: string | undefined;

/**
 * What decodes the body of a reply to a request with these headers; undefined where it is delivered as it is: it has no
 * coding, one that was not offered, or the caller decodes for himself.
 *
 * @throws ProtocolError `ERR_HTTP_CODING` for more than {@link CODING_LIMIT} codings, or {@link CODING_NAMES} names
 */
export function decoderOf(given: HeaderMap, reply: HeaderMap): Filter | undefined {
  if (!reply.has('content-encoding') || acceptEncoding(given) === undefined) return undefined;
  return decoderFor(reply);
}

/**
 * The same, whatever the request has said: `fetch` decodes all that it knows.
 *
 * @throws ProtocolError `ERR_HTTP_CODING` for more than {@link CODING_LIMIT} codings, or {@link CODING_NAMES} names
 */
export function decoderFor(reply: HeaderMap): Filter | undefined {
  const names = codingsOf(reply);
  const known: readonly string[] = soundCodings();
  if (names.length === 0 || !names.every((name) => known.includes(name))) return undefined;
  if (names.length > CODING_LIMIT)
    throw new ProtocolError('ERR_HTTP_CODING', `Content-Encoding names ${names.length} codings, one in the other`);
  const allowance = { bytes: INFLATE_FREE };
  // "In the order in which they were applied": the last one is the outermost.
  const [outer, ...inner] = names.reverse().map((name) => inflating(name as Coding, allowance)) as [Filter];
  return chain(earning(outer, allowance), ...inner);
}

/** The filter, each byte into which lets some more out. */
function earning(filter: Filter, allowance: Allowance): Filter {
  const counted: Filter = (chunk) => {
    if (chunk !== null) allowance.bytes += chunk.length * INFLATE_RATIO_LIMIT;
    return filter(chunk);
  };
  counted.close = filter.close;
  return counted;
}

/** Lower-case, `identity` and empty elements left out; "x-gzip" is gzip (section 8.4.1.3). */
function codingsOf(headers: HeaderMap): string[] {
  const names = headers
    .getAll('content-encoding')
    .flatMap((value) => value.split(','))
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  if (names.length > CODING_NAMES)
    throw new ProtocolError('ERR_HTTP_CODING', `content-encoding has ${names.length} names, more than ${CODING_NAMES}`);
  return names.filter((name) => name !== 'identity').map((name) => (name === 'x-gzip' ? 'gzip' : name));
}

/** All that a source gives: `ReplyBody.bytes`, of what was decoded. */
export function* gathered(source: Source, limit: number = BODY_LIMIT): Flow<Buffer> {
  checkLimit(limit);
  const held = new ReceiveBuffer();
  const sink: Sink = (chunk) => {
    if (chunk === null) return;
    if (held.size + chunk.length > limit)
      throw new LimitError('ERR_LIMIT', `the body is longer than ${limit} bytes when it is decoded`);
    held.push(chunk as Buffer);
  };
  try {
    yield* settle(all(source, sink));
  } catch (error) {
    throw SocketError.withPartial(error, held.snapshot());
  }
  return held.take(held.size);
}
