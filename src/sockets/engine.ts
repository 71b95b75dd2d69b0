/** The engine of a face, below the socket classes: the operating system, behind outcomes. */
import type { Address, Endpoint, Family } from '../core/address.ts';
import type { Attempt, Failure, Outcome } from '../core/errors.ts';
import type { MaybePromise } from '../core/flow.ts';
import type { Io, Readiness } from '../core/io.ts';
import type { OptionName, OptionValue, OptionValues, ReadableOption } from '../core/options.ts';
import type { Deadline } from '../core/timeout.ts';
import type { TlsSettings } from '../core/tls.ts';
import type { X509Certificate } from './certificates.ts';

/** Socket options; both throw `ERR_UNSUPPORTED` for what this engine cannot do. */
export interface SocketOptions {
  setoption<K extends OptionName>(name: K, value: OptionValues[K]): void;
  getoption<K extends ReadableOption>(name: K): OptionValue<K>;
}

/** The kernel's measurements of a TCP connection (Linux: tcp(7), TCP_INFO). */
export interface TcpInfo {
  /** RFC 9293's name of the connection's state, such as ESTABLISHED or CLOSE_WAIT. */
  readonly state: string;
  /** The smoothed round-trip time, in seconds (RFC 6298: SRTT). */
  readonly rtt: number;
  /** How much the round-trip time varies, in seconds (RFC 6298: RTTVAR). */
  readonly rttvar: number;
  /** Seconds after which a segment that is not acknowledged is sent again (RFC 6298: RTO). */
  readonly rto: number;
  /** Retransmissions of the segment that is under way. */
  readonly retransmits: number;
  /** Retransmissions of all segments since the connection began. */
  readonly totalRetransmits: number;
  /** Segments that are sent and not acknowledged. */
  readonly unacked: number;
  /** Segments of `unacked` that are held for lost. */
  readonly lost: number;
  /** The congestion window, in segments (RFC 5681). */
  readonly cwnd: number;
  /** The congestion window at which slow start ends, in segments (RFC 5681). */
  readonly ssthresh: number;
  /** Bytes of the largest segment that is sent. */
  readonly sndMss: number;
  /** Bytes of the largest segment that comes, as the kernel estimates it. */
  readonly rcvMss: number;
  /** Bytes of the largest packet that the path takes (RFC 1191). */
  readonly pmtu: number;
}

/** A connected TCP socket. */
export interface TcpIo extends Io, SocketOptions {
  getsockname(): Outcome<Endpoint>;
  getpeername(): Outcome<Endpoint>;
  /** Throws `ERR_UNSUPPORTED` where the engine or the system does not tell. */
  info(): Outcome<TcpInfo>;
}

/** A listening socket. */
export interface Acceptor<I extends Io> extends SocketOptions {
  /** The next connection; those that are not accepted wait in a queue as long as the backlog. */
  accept(deadline: Deadline): MaybePromise<Outcome<I>>;
  close(): void;
  getfd(): number;
  /** Connections that were reset because the queue was full. */
  readonly dropped: number;
  readonly readiness: Readiness;
}

export interface TcpAcceptor extends Acceptor<TcpIo> {
  getsockname(): Outcome<Endpoint>;
}

/** A TCP socket that has a local address, and is neither listening nor connected. */
export interface BoundTcp {
  getsockname(): Endpoint;
  getfd(): number;
  /** Both hand the descriptor over, and set the options that were not set by `bind`. */
  listen(backlog: number, options: TcpOptions): MaybePromise<Outcome<TcpAcceptor>>;
  connect(address: Address, port: number, options: TcpOptions, deadline: Deadline): MaybePromise<Outcome<TcpIo>>;
  close(): void;
}

export interface Resolver {
  /** The addresses of a host, in the system's order. A literal is its own address; `family` leaves out the other. */
  resolve(host: string, family: Family | undefined, deadline: Deadline): MaybePromise<Outcome<readonly Address[]>>;
}

export interface NameInfo {
  readonly name: string;
  readonly service: string;
}

export interface DnsEngine extends Resolver {
  /** The names of an address and a port; `ENOTFOUND` for an address that has none. */
  nameinfo(address: Address, port: number, deadline: Deadline): MaybePromise<Outcome<NameInfo>>;
  /** This machine's name. */
  hostname(): string;
}

export type TcpOptions = Readonly<Partial<OptionValues>>;

export interface TcpEngine extends Resolver {
  bind(address: Address, port: number, options: TcpOptions): MaybePromise<Outcome<BoundTcp>>;
  /** The first of the addresses that answers (RFC 8305); a failure lists every attempt, and `attempts` gets them all. */
  connect(
    addresses: readonly Address[],
    port: number,
    options: TcpOptions,
    deadline: Deadline,
    attempts?: Attempt[],
  ): MaybePromise<Outcome<TcpIo>>;
  /** Throws `ERR_UNSUPPORTED` if this engine cannot open a socket with the option. */
  checkOption<K extends OptionName>(name: K, value: OptionValues[K]): void;
}

/** A Unix socket that has a path, and is not listening. */
export interface BoundUnix {
  /** Hands the descriptor over. */
  listen(backlog: number): MaybePromise<Outcome<Acceptor<Io>>>;
  close(): void;
}

export interface UnixEngine {
  bind(path: string): MaybePromise<Outcome<BoundUnix>>;
  connect(path: string, deadline: Deadline): MaybePromise<Outcome<Io>>;
}

/** A datagram, with its sender. */
export interface Datagram {
  /** The bytes that came, at most as many as were asked for. */
  readonly data: Buffer;
  /** The sender's numeric address. */
  readonly address: string;
  /** The sender's port. */
  readonly port: number;
  /** The family of the sender's address. */
  readonly family: Family;
  /** Bytes that were sent: more than `data.length` when the datagram was truncated. */
  readonly size: number;
}

/** A datagram to be sent: to the socket's peer, or to an address. */
export interface Outgoing {
  readonly data: Uint8Array;
  readonly to: { readonly address: string; readonly port: number } | undefined;
}

/** A UDP socket of one family. */
export interface UdpIo extends SocketOptions {
  readonly family: Family;
  /** Whether the socket has a local address. */
  readonly bound: boolean;
  bind(address: Address, port: number): MaybePromise<Outcome<void>>;
  /** Undefined dissolves the association. */
  connect(peer: { address: Address; port: number } | undefined): MaybePromise<Outcome<void>>;
  send(
    data: Uint8Array,
    to: { address: string; port: number } | undefined,
    deadline: Deadline,
  ): MaybePromise<Outcome<number>>;
  recv(size: number, deadline: Deadline): MaybePromise<Outcome<Datagram>>;
  /** How many were sent: at least one, or why none was. */
  sendmany(datagrams: readonly Outgoing[], deadline: Deadline): MaybePromise<Outcome<number>>;
  /** Waits for one, and gives with it what else is there; `count` at most. */
  recvmany(count: number, size: number, deadline: Deadline): MaybePromise<Outcome<Datagram[]>>;
  getsockname(): Outcome<Endpoint>;
  getpeername(): Outcome<Endpoint>;
  getfd(): number;
  close(): void;
  /** Datagrams that came while the queue was full. */
  readonly dropped: number;
  readonly readiness: Readiness;
}

export interface UdpEngine extends Resolver {
  open(family: Family): Outcome<UdpIo>;
}

/** What a TLS connection has come to be. */
export interface TlsFacts {
  /** `TLSv1.2` or `TLSv1.3`. */
  readonly protocol: string;
  /** The cipher suite by its name in RFC 8446 or RFC 5246 and the like, such as `TLS_AES_256_GCM_SHA384`. */
  readonly cipher: string;
  /** The protocol that both sides have chosen (ALPN); undefined where they chose none. */
  readonly alpn: string | undefined;
  /**
   * The name that the client has asked for (SNI); undefined where it asked for none, and on a server of the await face
   * where a session of TLS 1.2 goes on: node:tls does not say it then.
   */
  readonly servername: string | undefined;
  /** Whether the handshake went on with an earlier session. */
  readonly resumed: boolean;
  /** Whether the peer's certificate was asked for and found good, its name included where it is a server's. */
  readonly verified: boolean;
}

/** A stream through TLS. Its receives end with `TRUNCATED` where the transport ends without close_notify. */
export interface TlsIo extends Io {
  /** The transport, which is this one's from the handshake on. */
  readonly below: Io;
  facts(): TlsFacts;
  /** The peer's certificate, and its chain as far as it is known, beginning with it. Of a connection that has closed: none. */
  peerChain(): readonly X509Certificate[];
  /** What shortens the next handshake with this peer: the newest that it gave; undefined where it has given none yet. */
  session(): Uint8Array | undefined;
  /** RFC 5705, RFC 8446 section 7.5. An undefined context is none at all, which TLS 1.2 tells from an empty one. */
  exportKeyingMaterial(length: number, label: string, context: Uint8Array | undefined): Buffer;
}

/** What `context` has made of its options: certificates parsed, keys read. It belongs to its face. */
export interface TlsContext {
  /** The options that it was made of, checked. */
  readonly settings: TlsSettings;
}

/** The side of a handshake: a client speaks first. */
export type TlsRole = 'client' | 'server';

/** How a connection is to become TLS's. */
export interface TlsWrapping {
  readonly role: TlsRole;
  readonly context: TlsContext;
  /** A client's: the name or address that the certificate has to have, by `tlsName`; undefined where none is verified. */
  readonly servername: string | undefined;
  /** A client's: a session to go on with. One that is of no use leads to a whole handshake, as if there were none. */
  readonly session: Uint8Array | undefined;
  /** A server's: other contexts, by the names that clients ask for, in lower case; `*.` stands for one label. */
  readonly sni: ReadonlyMap<string, TlsContext> | undefined;
  /** What has arrived and is the handshake's: it comes before what the transport gives. */
  readonly unread: Uint8Array | undefined;
}

/** A listening socket whose connections are TLS's. */
export interface TlsAcceptor extends Acceptor<TlsIo> {
  getsockname(): Outcome<Endpoint>;
}

export interface TlsListening extends Omit<TlsWrapping, 'unread'> {
  /** Handshakes that may be under way at once, and connections that may wait after them. */
  readonly backlog: number;
  /** Milliseconds that one handshake may take. */
  readonly limit: number;
  /** Called with the error of each handshake that failed. */
  readonly rejected: (failure: Failure, peer: Outcome<Endpoint>) => void;
}

export interface TlsEngine {
  /** Throws ERR_TLS_CONTEXT for certificates, keys and ciphers that are none. */
  context(settings: TlsSettings): TlsContext;
  /**
   * Does the handshake, within the deadline, which bounds it as a whole. Whatever comes of it, the transport is this
   * call's: after a failure it is closed. The peer is verified by all that the context says, its
   * pins too (`checkPins`).
   */
  wrap(io: Io, how: TlsWrapping, deadline: Deadline): MaybePromise<Outcome<TlsIo>>;
  /** Handshakes on what the acceptor gives, which belongs to the result. None of them keeps another one waiting. */
  listen(acceptor: TcpAcceptor, how: TlsListening): TlsAcceptor;
}
