/**
 * The HTTP/1.1 client of `moonsocket/http`, whose calls return when they are done.
 *
 * @module moonsocket/blocking/http
 */
/// <reference types="node" preserve="true" />

export { fetch, request, type Session, session } from '../blocking/http.ts';
export * from './http-common.ts';
