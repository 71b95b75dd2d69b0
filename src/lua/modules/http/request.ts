/** The requests of a Lua program over our HTTP: redirects, and the way of the body. */
import { protocolEngineOver } from '../../../blocking/protocol-engine.ts';
import { badArgument, SocketError } from '../../../core/errors.ts';
import { type Flow, settle } from '../../../core/flow.ts';
import { HeaderMap } from '../../../headers/map.ts';
import type { Source } from '../../../ltn12/protocol.ts';
import { type Create, OneEach } from '../../../protocol/connect/dial.ts';
import { call, type HttpContext } from '../../../protocol/http/call/call.ts';
import type { HttpRequest } from '../../../protocol/http/call/options.ts';
import { isRedirect, stripHeaders } from '../../../protocol/http/call/redirect.ts';
import type { ReplyBody } from '../../../protocol/http/wire/body.ts';
import { framingOf } from '../../../protocol/http/wire/framing.ts';
import type { ReplyHead } from '../../../protocol/http/wire/head.ts';
import { build, parse, type UrlParts } from '../../../url/parts.ts';
import { absolute } from '../../../url/resolve.ts';
import type { Network } from '../../network.ts';
import { askingEngine } from '../socket/asked.ts';
import { type Schemes, schemeOf, schemeTargetOf } from './schemes.ts';

/** A request as the program has made it. */
export interface LuaRequest {
  readonly parts: UrlParts;
  readonly schemes: Schemes;
  /** The target of the request line, if the program names one. */
  readonly uri?: string | undefined;
  readonly method: string;
  readonly headers: HeaderMap;
  readonly proxy: string | undefined;
  /** Seconds for each wait; null waits without limit. */
  readonly timeout: number | null;
  /** How many redirects are followed. */
  readonly redirects: number;
  /** The last reply. */
  readonly location?: string;
}

/** The program's functions. */
export interface Callbacks {
  readonly source: Source | undefined;
  /** Opens connections for a request. `changed`: whether its scheme is another than the first one's. */
  create(request: LuaRequest, changed: boolean): Create<'blocking'> | undefined;
  /** Takes a piece of the body, or its end, and why it ended too early; false for no more. */
  readonly sink: ((piece: Buffer | undefined, error: unknown) => PromiseLike<boolean>) | undefined;
  /** Moves one piece itself, by way of `reading`; false at the end. */
  readonly step: ((body: ReplyBody) => PromiseLike<boolean>) | undefined;
}

export interface LuaReply {
  readonly head: ReplyHead;
  /** The target of the last redirect. */
  readonly location: string | undefined;
}

/** State that all requests of a machine share. */
export function contextOver(network: Network): HttpContext<'blocking'> {
  const engine = protocolEngineOver(askingEngine(network));
  return { engine, connections: new OneEach(engine) };
}

export function* requested(context: HttpContext<'blocking'>, first: LuaRequest, callbacks: Callbacks): Flow<LuaReply> {
  check(first);
  let request = first;
  for (let hops = 0; ; hops++) {
    const answer = yield* call(context, options(request, first, callbacks));
    try {
      const { version, code, status, headers } = answer.reply;
      const head = { version, code, status, headers };
      const next = hops < first.redirects && callbacks.source === undefined ? redirected(request, head) : undefined;
      if (next === undefined) {
        if (framingOf(request.method, head) !== 'none') yield* delivered(answer.reply.body, callbacks);
        return { head, location: request.location };
      }
      request = next;
    } catch (error) {
      throw answer.explained(error);
    } finally {
      answer.leave();
    }
  }
}

function options(request: LuaRequest, first: LuaRequest, { create, source }: Callbacks): HttpRequest<'blocking'> {
  const { method, proxy, timeout, schemes } = request;
  const { parts, host, url } = schemeTargetOf(request.parts, schemes);
  const headers = new HeaderMap(request.headers);
  if (host !== undefined && !headers.has('host')) headers.append('Host', host);
  const scheme = schemeOf(request.parts, schemes);
  const isOurs = scheme === 'http' || scheme === 'https';
  return {
    ...parts,
    method,
    headers,
    source,
    proxy,
    uri: request.uri ?? (proxy === undefined || isOurs ? undefined : url),
    create: create(request, scheme !== schemeOf(first.parts, schemes)),
    redirect: false,
    timeout: null,
    timeouts: { connect: timeout, headers: timeout, idle: timeout },
  };
}

/**
 * The next request. LuaSocket follows only GET and HEAD, and not where it does not know the scheme, or from https down to
 * http; 308 since its newest release. Unlike LuaSocket a HEAD stays one, and another origin does not get what was for the first alone.
 */
function redirected(request: LuaRequest, { code, headers }: ReplyHead): LuaRequest | undefined {
  const { method, parts, schemes } = request;
  const locations = new Set(headers.getAll('location').map((location) => location.replace(/\s/g, '')));
  const [location = ''] = locations;
  if (!isRedirect(code) || locations.size !== 1 || location === '') return undefined;
  if (method !== 'GET' && method !== 'HEAD') return undefined;
  const next = parse(absolute(build(parts), location));
  const scheme = schemeOf(next, schemes);
  if (scheme === undefined) return undefined;
  if (scheme !== 'https' && schemeOf(parts, schemes) === 'https') return undefined;
  const sameOrigin = schemeTargetOf(next, schemes).origin === schemeTargetOf(parts, schemes).origin;
  const kept = new HeaderMap(request.headers);
  stripHeaders(kept, sameOrigin, true);
  const { user, password } = sameOrigin && next.user === undefined ? parts : next;
  return { ...request, location, uri: undefined, headers: kept, parts: { ...next, user, password } };
}

function* delivered(body: ReplyBody, { sink, step }: Callbacks): Flow<void> {
  if (step !== undefined) {
    while (yield* settle(step(body)));
    return;
  }
  let piece: Buffer | undefined;
  do {
    try {
      piece = yield* body.read();
    } catch (error) {
      if (sink !== undefined && error instanceof SocketError) yield* settle(sink(undefined, error));
      throw error;
    }
    if (sink !== undefined && !(yield* settle(sink(piece, undefined)))) return;
  } while (piece !== undefined);
}

/** Checks for which LuaSocket has its own messages. @throws SocketError */
function check({ parts, schemes }: LuaRequest): void {
  const { scheme, host } = parts;
  if (schemeOf(parts, schemes) === undefined) throw badArgument(`unknown scheme '${scheme ?? 'nil'}'`);
  if (host === undefined || host === '') throw badArgument(`invalid host '${host ?? 'nil'}'`);
}
