/** moonsocket/http: the HTTP client. */

export { fetch, request, type Session, session } from '../async/http.ts';
export * from './http-common.ts';
