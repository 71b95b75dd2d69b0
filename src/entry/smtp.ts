/**
 * SMTP and LMTP: sessions with mail servers, whose calls give promises. Messages are `moonsocket/mail`'s.
 *
 * @module moonsocket/smtp
 */
/// <reference types="node" preserve="true" />

export { connect, type SmtpSession, send } from '../async/smtp.ts';
export * from './smtp-common.ts';
