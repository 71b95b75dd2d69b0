/** What both faces of HTTP export alike: the types of what calls take and give. */

export { HeaderMap, type HeadersLike } from './headers/map.ts';
export type { PhaseTimeouts, Timeline } from './protocol/http/clock.ts';
export type { Create, CreateOptions } from './protocol/http/connections.ts';
export type { CookieJar } from './protocol/http/cookies.ts';
export type { FetchInit } from './protocol/http/fetch.ts';
export type { InformationalCallback, ReplyHead } from './protocol/http/head.ts';
export type { HttpRequest } from './protocol/http/options.ts';
export type { ProgressCallback } from './protocol/http/outgoing.ts';
export { proxiesOf } from './protocol/http/proxy-choice.ts';
export { type ByteRange, type ContentRange, parseContentRange } from './protocol/http/range.ts';
export type { HttpResponse } from './protocol/http/request.ts';
export type { ProxyChoice } from './protocol/http/route.ts';
export type { SessionOptions } from './protocol/http/session.ts';
