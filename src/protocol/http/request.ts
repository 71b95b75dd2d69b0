/** A request from its URL to its body: LuaSocket's `http.request`. */
import { type Flow, type MaybePromise, runMaybe, settle } from '../../core/flow.ts';
import { BODY_LIMIT } from '../../core/limits.ts';
import type { HeaderMap } from '../../headers/map.ts';
import { all } from '../../ltn12/pump.ts';
import { chain } from '../../ltn12/sources.ts';
import type { Face } from '../../sockets/face.ts';
import { type Answer, answerTo } from './answer.ts';
import { optionsOf } from './asking.ts';
import type { ReplyBody } from './body.ts';
import type { Timeline } from './clock.ts';
import { decoderOf, gathered } from './coding.ts';
import type { Connections } from './connections.ts';
import type { HttpEngine } from './engine.ts';
import type { ReplyHead } from './head.ts';
import type { HttpRequest } from './options.ts';
import type { ProgressCallback } from './outgoing.ts';
import { checkRange } from './range.ts';
import { publicURL } from './target.ts';

export interface HttpResponse extends ReplyHead {
  /** The body, where no sink has taken it. */
  readonly body: Buffer;
  /** Fields that came behind a body in chunks. */
  readonly trailers: HeaderMap;
  /** The URL that has answered, after all redirects, without user and password. */
  readonly url: string;
  readonly timeline: Timeline;
}

export function* request<F extends Face>(
  engine: HttpEngine<F>,
  connections: Connections<F>,
  input: string | URL | HttpRequest<F>,
  body?: string | Uint8Array,
): Flow<HttpResponse> {
  const options = optionsOf(input, body);
  const answer = yield* answerTo(engine, connections, options);
  try {
    const { version, code, status, headers } = answer.reply;
    if (options.range !== undefined) checkRange(options.range, answer.reply);
    options.final?.({ version, code, status, headers });
    const bytes = yield* delivered(answer, options);
    const { trailers } = answer.reply.body;
    const { timeline } = answer.clock;
    return { version, code, status, headers, body: bytes, trailers, url: publicURL(answer.asked.parts), timeline };
  } catch (error) {
    throw answer.explained(error);
  } finally {
    answer.leave();
  }
}

/** The body: into the sink, and else as bytes. */
function* delivered<F extends Face>(
  { asked, reply: { headers, body } }: Answer<F>,
  { sink, step, limit = BODY_LIMIT, downloaded }: HttpRequest<F>,
): Flow<Buffer> {
  const decoder = body.ended ? undefined : decoderOf(asked.message.headers, headers);
  if (sink === undefined && decoder === undefined) return yield* body.bytes(limit, downloaded);
  const pieces = (): MaybePromise<Buffer | null> => runMaybe(nextPiece(body, downloaded));
  const source = decoder === undefined ? pieces : chain(pieces, decoder);
  if (sink === undefined) return yield* gathered(source, limit);
  yield* settle(step === undefined ? all(source, sink) : all(source, sink, step));
  return Buffer.alloc(0);
}

function* nextPiece(body: ReplyBody, downloaded: ProgressCallback | undefined): Flow<Buffer | null> {
  const piece = yield* body.read();
  if (piece === undefined) return null;
  downloaded?.(body.received, body.length);
  return piece;
}
