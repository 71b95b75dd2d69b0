/** moonsocket/blocking/http: the HTTP client. */

export { fetch, request, type Session, session } from '../blocking/http.ts';
export * from './http-common.ts';
