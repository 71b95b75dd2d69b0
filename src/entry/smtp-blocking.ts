/**
 * SMTP and LMTP: sessions with mail servers, whose calls return values. Messages are `moonsocket/mail`'s.
 *
 * @module moonsocket/blocking/smtp
 */
/// <reference types="node" preserve="true" />

export { connect, type Outbox, outbox, type SmtpSession, send } from '../blocking/smtp.ts';
export * from './smtp-common.ts';
