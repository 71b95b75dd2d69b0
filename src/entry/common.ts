/** What both faces export alike: errors, options and the types of what calls take and give. */

export type { Address, Endpoint, Family } from '../core/address.ts';
export type { CopyOptions, Forwarded, ForwardOptions } from '../core/copy.ts';
export {
  AbortError,
  type Attempt,
  ClosedError,
  type ErrorDetails,
  LimitError,
  type NumberedReply,
  ProtocolError,
  type RecipientResult,
  ReplyError,
  SocketError,
  TimeoutError,
} from '../core/errors.ts';
export type { ShutdownHow } from '../core/io.ts';
export type { Linger, Membership, OptionName, OptionValue, OptionValues, ReadableOption } from '../core/options.ts';
export type { Pattern, ReceiveOptions, TextEncoding, Until } from '../core/pattern.ts';
export type { SendOptions, Stats } from '../core/stream-options.ts';
export { gettime } from '../core/timeout.ts';
export type { Received } from '../sockets/client.ts';
export type { AddressInfo, DnsOptions, Resolved } from '../sockets/dns.ts';
export type { Datagram, TcpInfo } from '../sockets/engine.ts';
export type { Face } from '../sockets/face.ts';
export type { FdMode } from '../sockets/fd.ts';
export type { Selectable, Selected } from '../sockets/select.ts';
export type { AcceptOptions } from '../sockets/server.ts';
export type { BindOptions, ConnectOptions } from '../sockets/tcp.ts';
export type { DatagramOptions, OutgoingDatagram, UdpStats } from '../sockets/udp-datagrams.ts';
