/** A request from its URL to its body: LuaSocket's `http.request`. */
import { type Flow, settle } from '../../../core/flow.ts';
import { BODY_LIMIT } from '../../../core/limits.ts';
import type { HeaderMap } from '../../../headers/map.ts';
import { all } from '../../../ltn12/pump.ts';
import type { Face } from '../../../sockets/face.ts';
import { gathered } from '../wire/coding.ts';
import type { ReplyHead } from '../wire/head.ts';
import { checkRange } from '../wire/range.ts';
import { call, type HttpContext, type OpenReply } from './call.ts';
import type { Timeline } from './clock.ts';
import { optionsOf } from './hop.ts';
import type { HttpRequest } from './options.ts';

/** A reply with its body. */
export interface HttpResponse extends ReplyHead {
  /** The body, where no sink has taken it. */
  readonly body: Buffer;
  /** Fields that came behind a body in chunks; not mixed with the headers. */
  readonly trailers: HeaderMap;
  /** The URL that has answered, after all redirects, without user and password. */
  readonly url: string;
  /** When each step was reached, in seconds since the call began. */
  readonly timeline: Timeline;
}

/** One call, with its body read to the end. */
export function* request<F extends Face>(
  context: HttpContext<F>,
  input: string | URL | HttpRequest<F>,
  body?: string | Uint8Array,
): Flow<HttpResponse> {
  const options = optionsOf(input, body);
  const open = yield* call(context, options);
  try {
    const { version, code, status, headers } = open.reply;
    if (options.range !== undefined) checkRange(options.range, open.reply);
    options.final?.({ version, code, status, headers });
    const bytes = yield* delivered(open, options);
    const { trailers } = open.reply.body;
    const { timeline } = open.clock;
    return { version, code, status, headers, body: bytes, trailers, url: open.hop.target.url, timeline };
  } catch (error) {
    throw open.explained(error);
  } finally {
    open.leave();
  }
}

/** The body: into the sink, or as bytes. */
function* delivered<F extends Face>(
  open: OpenReply<F>,
  { sink, step, limit = BODY_LIMIT, downloaded }: HttpRequest<F>,
): Flow<Buffer> {
  const { headers, body } = open.reply;
  if (sink === undefined && !headers.has('content-encoding')) return yield* body.bytes(limit, downloaded);
  const source = open.source(downloaded);
  if (sink === undefined) return yield* gathered(source, limit);
  yield* settle(step === undefined ? all(source, sink) : all(source, sink, step));
  return Buffer.alloc(0);
}
