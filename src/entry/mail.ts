/**
 * Messages of mail (RFC 5322, MIME): composed and signed, bytes in, bytes out, without a connection.
 *
 * @module moonsocket/mail
 */
/// <reference types="node" preserve="true" />

export type { Address, AddressGroup } from '../mail/address.ts';
export type { Canonicalization } from '../mail/canonical.ts';
export { compose, type Message, type PreparedMessage } from '../mail/compose.ts';
export type { ContentOptions } from '../mail/content.ts';
export type { DkimOptions } from '../mail/dkim.ts';
export type { MailFiles } from '../mail/files.ts';
export type {
  Addresses,
  Alternative,
  Attachment,
  Calendar,
  Envelope,
  ListOptions,
  MailOptions,
} from '../mail/options.ts';
export { parseAddresses } from '../mail/parse-addresses.ts';
export type { WireOptions } from '../mail/part.ts';
export type { PrivateKey } from '../mail/signing.ts';
export { type MessageTable, message, type TableParts } from '../mail/table.ts';
