/**
 * FTP, with TLS: sessions, and LuaSocket's `ftp`, whose calls return values.
 *
 * @module moonsocket/blocking/ftp
 */
/// <reference types="node" preserve="true" />

export { command, connect, get, mirror, put, type Session } from '../blocking/ftp.ts';
export * from './ftp-common.ts';
