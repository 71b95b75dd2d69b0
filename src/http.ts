/** moonsocket/http: the HTTP client. */

export { request, type Session, session } from './async/http.ts';
export { HeaderMap, type HeadersLike } from './headers/map.ts';
export type { HttpRequest } from './protocol/http/asking.ts';
export type { OpenOptions } from './protocol/http/connections.ts';
export type { InformationalCallback, ReplyHead } from './protocol/http/head.ts';
export type { HttpResponse } from './protocol/http/request.ts';
