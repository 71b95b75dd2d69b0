/** The peer's part in TLS: node:tls over its connection, by a stream between the two that can be cut and held. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import tls, { TLSSocket } from 'node:tls';

/** How the peer does TLS. */
export interface PeerTls {
  readonly role: 'client' | 'server';
  /** The folder of the certificates, and the names of those that are used there. */
  readonly folder: string;
  readonly cert?: string;
  /** Whether the certificates between it and the root are sent, too (true without it). */
  readonly chain?: boolean;
  readonly ca?: string;
  readonly servername?: string;
  readonly minVersion?: 'TLSv1' | 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion?: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
  readonly alpn?: readonly string[];
  readonly ciphers?: string;
  readonly requestCert?: boolean;
  /** Keys by identity, as text. */
  readonly psk?: Readonly<Record<string, string>>;
  /** Contexts of one name have their tickets' keys in common. */
  readonly tickets?: string;
}

const ticketKeys = new Map<string, Buffer>();

/** What the connection has become; `raw` is what it was. */
export interface Upgraded {
  readonly socket: TLSSocket;
  /** The handshake's error, if it failed. */
  readonly error: string | undefined;
}

/** TLS over the socket, `unread` first. */
export async function upgrade(raw: Socket, unread: Buffer, how: PeerTls): Promise<Upgraded> {
  const below = new Duplex({
    allowHalfOpen: true,
    read() {
      raw.resume();
    },
    write(chunk, _encoding, done) {
      raw.write(chunk, done);
    },
    final(done) {
      raw.end(() => done());
    },
    destroy(error, done) {
      raw.destroy();
      done(error);
    },
  });
  if (unread.length > 0) below.push(unread);
  raw.removeAllListeners('readable');
  raw.on('data', (chunk) => {
    if (!below.push(chunk)) raw.pause(); // or nothing would slow the sender down
  });
  raw.on('end', () => below.push(null));
  raw.on('error', () => below.destroy());
  raw.resume();
  below.on('error', () => {});
  const socket = how.role === 'server' ? serverOver(below, how) : clientOver(below, how);
  let error: string | undefined;
  socket.on('error', (reason: NodeJS.ErrnoException) => {
    error ??= reason.code ?? reason.message;
  });
  const done = once(socket, how.role === 'server' ? 'secure' : 'secureConnect').catch(() => {});
  await Promise.race([done, once(socket, 'close').catch(() => {}), once(socket, 'end').catch(() => {})]);
  return { socket, error };
}

function serverOver(below: Duplex, how: PeerTls): TLSSocket {
  const { psk, requestCert = false } = how;
  return new TLSSocket(below, {
    isServer: true,
    secureContext: contextOf(how),
    requestCert,
    rejectUnauthorized: requestCert,
    ...(how.alpn && { ALPNProtocols: [...how.alpn] }),
    ...(psk && { pskCallback: (_socket: unknown, identity: string) => Buffer.from(psk[identity] ?? 'unknown') }),
  } as tls.TLSSocketOptions);
}

function clientOver(below: Duplex, how: PeerTls): TLSSocket {
  const [identity, key] = Object.entries(how.psk ?? {})[0] ?? [];
  return tls.connect({
    socket: below,
    secureContext: contextOf(how),
    rejectUnauthorized: false,
    ...(how.servername === undefined ? {} : { servername: how.servername }),
    ...(how.alpn && { ALPNProtocols: [...how.alpn] }),
    ...(identity && { pskCallback: () => ({ identity, psk: Buffer.from(key as string) }) }),
    checkServerIdentity: () => undefined,
  });
}

function contextOf(how: PeerTls): tls.SecureContext {
  const read = (name: string): string => readFileSync(`${how.folder}/${name}`, 'utf8');
  const { cert, chain = true, tickets } = how;
  const own = cert && {
    cert: read(`${cert}.pem`) + (chain && cert !== 'self' ? read('chain.pem') : ''),
    key: read(`${cert}.key`),
  };
  let keys: Buffer | undefined;
  if (tickets !== undefined) {
    keys = ticketKeys.get(tickets) ?? Buffer.from(tickets.padEnd(48, '.').slice(0, 48));
    ticketKeys.set(tickets, keys);
  }
  return tls.createSecureContext({
    ...own,
    ...(how.ca && { ca: read(`${how.ca}.pem`) }),
    ...(keys && { ticketKeys: keys }),
    ...(how.minVersion && { minVersion: how.minVersion }),
    ...(how.maxVersion && { maxVersion: how.maxVersion }),
    ciphers: how.ciphers ?? (how.psk ? 'PSK' : how.maxVersion === 'TLSv1.1' ? 'ALL@SECLEVEL=0' : tls.DEFAULT_CIPHERS),
  });
}
