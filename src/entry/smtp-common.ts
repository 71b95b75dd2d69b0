/** What both faces of SMTP export alike: `message`, and the types of what calls take and give. */

export type { NumberedReply, RecipientResult } from '../core/errors.ts';
export { ReplyError } from '../core/errors.ts';
export { type MessageTable, message, type TableParts } from '../mail/table.ts';
export type { MechanismName, SaslMechanism } from '../protocol/auth/sasl.ts';
export type { Create, CreateOptions } from '../protocol/connect/dial.ts';
export type { DialogueLog } from '../protocol/connect/log.ts';
export type { ProxyChoice } from '../protocol/connect/route.ts';
export type { RequestTls } from '../protocol/connect/tls-contexts.ts';
export type { ReportOptions } from '../protocol/smtp/envelope.ts';
export type { RawMail, SendOptions } from '../protocol/smtp/letter.ts';
export type { SendResult } from '../protocol/smtp/mailing.ts';
export type { SmtpOptions, SmtpTimeouts } from '../protocol/smtp/options.ts';
export type { KeptMail } from '../protocol/smtp/outbox.ts';
export type { SendRequest } from '../protocol/smtp/send.ts';
export type { ModalTls, TlsChoice, TlsMode } from '../protocol/tp/tls-mode.ts';
