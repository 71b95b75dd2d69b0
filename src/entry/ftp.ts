/**
 * FTP, with TLS: sessions, and LuaSocket's `ftp`, whose calls give promises.
 *
 * @module moonsocket/ftp
 */
/// <reference types="node" preserve="true" />

export { command, connect, get, mirror, put, type Session } from '../async/ftp.ts';
export * from './ftp-common.ts';
