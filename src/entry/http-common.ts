/** What both faces of HTTP export alike: the types of what calls take and give. */

export { HeaderMap, type HeadersLike } from '../headers/map.ts';
export type { Create, CreateOptions } from '../protocol/connect/dial.ts';
export type { ConnectEvent, HttpEvent, TlsEvent } from '../protocol/connect/events.ts';
export type { DialogueLog } from '../protocol/connect/log.ts';
export { type Environment, proxiesOf } from '../protocol/connect/proxy-env.ts';
export type { ProxyChoice } from '../protocol/connect/route.ts';
export type { RequestTls } from '../protocol/connect/tls-contexts.ts';
export type { PhaseTimeouts, Timeline } from '../protocol/http/call/clock.ts';
export type { CookieJar } from '../protocol/http/call/cookies.ts';
export type { FetchInit } from '../protocol/http/call/fetch-request.ts';
export type { HttpRequest } from '../protocol/http/call/options.ts';
export type { HttpResponse } from '../protocol/http/call/request.ts';
export type { SessionOptions } from '../protocol/http/call/session.ts';
export type { InformationalCallback, ReplyHead } from '../protocol/http/wire/head.ts';
export { type ByteRange, type ContentRange, parseContentRange } from '../protocol/http/wire/range.ts';
export type { ProgressCallback } from '../protocol/http/wire/send-body.ts';
export type { HttpVersion } from '../protocol/http/wire/status-line.ts';
