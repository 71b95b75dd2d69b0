/**
 * Sends heads, and bodies from bytes or a source. A closed connection is not an error yet: the server may already have
 * replied. A server that replies before it has read the body gets no more of it (RFC 9112, section 9.5).
 */
import { ClosedError, misuse, type SocketError } from '../../../core/errors.ts';
import type { Flow } from '../../../core/flow.ts';
import { WRITE_SLICE } from '../../../core/limits.ts';
import type { Stream } from '../../../core/stream.ts';
import { abandon, type Chunk, type Source, sourced } from '../../../ltn12/protocol.ts';
import type { ReplyHeads } from './head.ts';

const NOTHING = Buffer.alloc(0);
const CRLF = Buffer.from('\r\n');
/** With the size before it and the CRLF behind it. */
const SLICE = WRITE_SLICE - 16;
/** RFC 9112, section 7.1: the last chunk, no trailers, and the end. */
const LAST_CHUNK = Buffer.from('0\r\n\r\n');

/** Called with the bytes of a body that went over the wire, without its framing, and the total, if that is known. */
export type ProgressCallback = (bytes: number, total: number | undefined) => void;

/** Where a body goes, and where the reply to it comes from. */
export interface Upload {
  readonly stream: Stream;
  readonly replies: ReplyHeads;
  readonly signal: AbortSignal | undefined;
}

/** Sends a body piece by piece, or at once if its progress is not watched; false as below. */
export function* sendBody(upload: Upload, body: Uint8Array, uploaded: ProgressCallback | undefined): Flow<boolean> {
  if (uploaded === undefined) return yield* sendPart(upload, body);
  for (let at = 0; at < body.length; at += WRITE_SLICE) {
    if (!(yield* sendPart(upload, body.subarray(at, at + WRITE_SLICE)))) return false;
    uploaded(Math.min(at + WRITE_SLICE, body.length), body.length);
  }
  return true;
}

/** Sends all of it; false if the server has closed the connection, or reset it. */
export function* sendBytes(stream: Stream, bytes: Uint8Array, signal?: AbortSignal): Flow<boolean> {
  try {
    yield* stream.send(bytes, undefined, undefined, { signal });
    return true;
  } catch (error) {
    if (error instanceof ClosedError && !stream.closed) return false;
    throw error;
  }
}

/** The same, of a body; false too if the final reply has come, for which the sending stops. */
function* sendPart({ stream, replies, signal }: Upload, bytes: Uint8Array): Flow<boolean> {
  try {
    for (let sent = 0; ; ) {
      sent += yield* stream.send(bytes, sent, undefined, { signal, untilHeard: true });
      if (sent === bytes.length) return true;
      if (yield* replies.arrived()) return false;
    }
  } catch (error) {
    if (error instanceof ClosedError && !stream.closed) return false;
    throw error;
  }
}

/**
 * Sends what the source gives: `length` bytes, neither more nor less, or without a length in chunks. False as above,
 * and then the source is closed, as it is on any error.
 *
 * @throws SocketError `ERR_BODY_LENGTH` if the source gives another number of bytes, and the source's own errors
 */
export function* sendSource(
  upload: Upload,
  source: Source,
  length: number | undefined,
  uploaded: ProgressCallback | undefined,
): Flow<boolean> {
  let given = 0;
  let ended = false;
  try {
    while (!ended) {
      const chunk = yield* sourced(source);
      ended = chunk === null;
      given += chunk?.length ?? 0;
      // Not a byte too many: the server would take it for the next request.
      if (length !== undefined && (given > length || (ended && given < length))) throw anotherLength(length, given);
      for (const bytes of length === undefined ? inChunks(chunk) : [chunk ?? NOTHING]) {
        if (yield* sendPart(upload, bytes)) continue;
        if (!ended) yield* abandon(source, undefined);
        return false;
      }
      if (!ended) uploaded?.(given, length);
    }
    return true;
  } catch (error) {
    if (!ended) yield* abandon(source, error);
    throw error;
  }
}

/** A chunk of a source as chunks on the wire, each of a size that one send hands over whole; the end as the last one. */
function inChunks(chunk: Chunk): Uint8Array[] {
  if (chunk === null) return [LAST_CHUNK];
  const framed: Uint8Array[] = [];
  // An empty chunk gives none: on the wire it would be the last one.
  for (let at = 0; at < chunk.length; at += SLICE) {
    const data = chunk.subarray(at, at + SLICE);
    framed.push(Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, CRLF]));
  }
  return framed;
}

function anotherLength(length: number, given: number): SocketError {
  const many = given > length ? `at least ${given}` : `only ${given}`;
  return misuse('ERR_BODY_LENGTH', `request: the source gives ${many} bytes, and length says ${length}`);
}
