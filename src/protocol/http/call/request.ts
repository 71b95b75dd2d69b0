/** A request from its URL to its body: LuaSocket's `http.request`. */
import { type Flow, settle } from '../../../core/flow.ts';
import { BODY_LIMIT } from '../../../core/limits.ts';
import type { HeaderMap } from '../../../headers/map.ts';
import { all } from '../../../ltn12/pump.ts';
import type { Face } from '../../../sockets/face.ts';
import type { Timeline } from '../../connect/clock.ts';
import { gathered } from '../wire/coding.ts';
import type { ReplyHead } from '../wire/head.ts';
import { checkRange } from '../wire/range.ts';
import { call, type HttpContext, type OpenReply } from './call.ts';
import { optionsOf } from './hop.ts';
import type { HttpRequest } from './options.ts';

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
  context: HttpContext<F>,
  input: string | URL | HttpRequest<F>,
  body?: string | Uint8Array,
): Flow<HttpResponse> {
  const options = optionsOf(input, body);
  const answer = yield* call(context, options);
  try {
    const { version, code, status, headers } = answer.reply;
    if (options.range !== undefined) checkRange(options.range, answer.reply);
    options.final?.({ version, code, status, headers });
    const bytes = yield* delivered(answer, options);
    const { trailers } = answer.reply.body;
    const { timeline } = answer.clock;
    return { version, code, status, headers, body: bytes, trailers, url: answer.hop.target.url, timeline };
  } catch (error) {
    throw answer.explained(error);
  } finally {
    answer.leave();
  }
}

/** The body: into the sink, and else as bytes. */
function* delivered<F extends Face>(
  answer: OpenReply<F>,
  { sink, step, limit = BODY_LIMIT, downloaded }: HttpRequest<F>,
): Flow<Buffer> {
  const { headers, body } = answer.reply;
  if (sink === undefined && !headers.has('content-encoding')) return yield* body.bytes(limit, downloaded);
  const source = answer.source(downloaded);
  if (sink === undefined) return yield* gathered(source, limit);
  yield* settle(step === undefined ? all(source, sink) : all(source, sink, step));
  return Buffer.alloc(0);
}
