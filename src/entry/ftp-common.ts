/** What both faces of FTP export alike: the types of what calls take and give. */

export type { Create, CreateOptions } from '../protocol/connect/dial.ts';
export type { DialogueLog } from '../protocol/connect/log.ts';
export type { ProxyChoice } from '../protocol/connect/route.ts';
export type { RequestTls } from '../protocol/connect/tls-contexts.ts';
export type { Argument } from '../protocol/ftp/argument.ts';
export type { FtpCommand, FtpGet, FtpPut } from '../protocol/ftp/calls.ts';
export type { CopyOptions, GetOptions, PutOptions } from '../protocol/ftp/copies.ts';
export type { EntryType, FtpEntry, NameEncoding } from '../protocol/ftp/entry.ts';
export type { ListOptions } from '../protocol/ftp/files.ts';
export type { ListingLimits } from '../protocol/ftp/listing.ts';
export {
  type FtpMirror,
  MirrorError,
  type MirrorFailure,
  type MirrorLimits,
  type MirrorOmission,
  type MirrorProgress,
  type MirrorResult,
} from '../protocol/ftp/mirror-options.ts';
export type { FtpOptions } from '../protocol/ftp/options.ts';
export type { TransferProgress } from '../protocol/ftp/transfer.ts';
export type { DialogueTimeouts } from '../protocol/tp/clock.ts';
export type { Expected } from '../protocol/tp/dialogue.ts';
export type { Reply } from '../protocol/tp/reply.ts';
export type { ModalTls, TlsChoice, TlsMode } from '../protocol/tp/tls-mode.ts';
