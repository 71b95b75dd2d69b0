/**
 * SMTP and LMTP: sessions with mail servers, whose calls give promises. Messages are `moonsocket/mail`'s.
 *
 * @module moonsocket/smtp
 */
/// <reference types="node" preserve="true" />

export { connect, type Outbox, outbox, pool, type SmtpPool, type SmtpSession, send } from '../async/smtp.ts';
export type { PoolOptions } from '../protocol/smtp/pool-options.ts';
export * from './smtp-common.ts';
