/**
 * An HTTP/1.1 client whose calls give promises: LuaSocket's `request`, the standard's `fetch`, and sessions.
 *
 * @module moonsocket/http
 */
/// <reference types="node" preserve="true" />

export { fetch, request, type Session, session } from '../async/http.ts';
export * from './http-common.ts';
