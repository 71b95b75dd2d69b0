/** moonsocket/blocking/http: the HTTP client. */

export { request } from './blocking/http.ts';
export { HeaderMap, type HeadersLike } from './headers/map.ts';
export type { InformationalCallback, ReplyHead } from './protocol/http/head.ts';
export type { HttpRequest, HttpResponse, OpenOptions } from './protocol/http/request.ts';
