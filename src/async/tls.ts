/**
 * TLS by node:tls: the engine of the await face.
 *
 * It goes on the handle of a socket of Node's where that can tell whether a stream was cut (`tls-handle.ts`), and over an
 * `IoDuplex` everywhere else.
 */
import type { Duplex } from 'node:stream';
import tls, { type SecureContext, TLSSocket, type TLSSocketOptions } from 'node:tls';
import { familyOf } from '../core/address.ts';
import type { Failure, Outcome } from '../core/errors.ts';
import type { Io } from '../core/io.ts';
import type { Deadline } from '../core/timeout.ts';
import { brokenFailure, certificateFailure, noCertificateFailure } from '../core/tls-failures.ts';
import { checkName, checkPins, describe, X509Certificate } from '../sockets/certificates.ts';
import type { TlsEngine, TlsIo, TlsRole, TlsWrapping } from '../sockets/engine.ts';
import { contextFor } from '../sockets/open-tls.ts';
import { dropLastWords } from './drain-on-reset.ts';
import { DuplexIo } from './duplex.ts';
import { IoDuplex } from './io-duplex.ts';
import { TlsServerAcceptor } from './tls-acceptor.ts';
import { checkNames, NodeContext, nodeContext } from './tls-context.ts';
import { tlsFailure } from './tls-errors.ts';
import { canUpgrade, isFlushed, verifyError, wasCut } from './tls-handle.ts';
import { TlsSocketIo } from './tls-io.ts';
import { unpackSession } from './tls-session.ts';
import type { Wire } from './tls-wire.ts';

export const tlsEngine: TlsEngine = {
  context: (settings) => new NodeContext(settings),
  wrap,
  listen(acceptor, how) {
    checkNames(how.sni);
    for (const one of [how.context, ...(how.sni?.values() ?? [])]) nodeContext(one);
    return new TlsServerAcceptor(acceptor, how, wrap);
  },
};

const ON_BUN = 'Bun' in globalThis;
const ON_DENO = 'Deno' in globalThis;
const ON_NODE = !ON_BUN && !ON_DENO;

async function wrap(io: Io, how: TlsWrapping, deadline: Deadline): Promise<Outcome<TlsIo>> {
  let top: TlsSocketIo;
  try {
    checkNames(how.sni);
    top = overHandle(io, how) ?? overDuplex(io, how);
  } catch (error) {
    io.close();
    throw error;
  }
  const event = how.role === 'client' ? 'secureConnect' : 'secure';
  const failure = await top.handshaken(event, () => checked(top, how), deadline);
  if (failure === undefined) return top;
  top.abandon();
  return failure;
}

function checked(top: TlsSocketIo, how: TlsWrapping): Failure | undefined {
  try {
    return settled(top, how);
  } catch (error) {
    return brokenFailure('a certificate that nobody can read', error);
  }
}

/** TLS on the handle of the socket below, where it has one. */
function overHandle(io: Io, how: TlsWrapping): TlsSocketIo | undefined {
  const given =
    io instanceof DuplexIo ? io.surrender(canUpgrade) : io instanceof TlsSocketIo ? io.surrender() : undefined;
  if (given === undefined) return undefined;
  const { stream, queued } = given;
  stream.allowHalfOpen = true;
  stream.on('error', () => {}); // TLS hears of it, and tells
  dropLastWords(stream);
  for (const bytes of [queued, how.unread]) if (bytes !== undefined) stream.unshift(bytes);
  const socket = newSocket(stream, how);
  const wire: Wire = {
    io,
    role: how.role,
    onHandle: true,
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    wasCut: () => wasCut(socket),
    isFlushed: () => isFlushed(socket),
    sentAll: (done) => void socket.once('finish', done),
    failureOf: (error, secure) => tlsFailure(error, { role: how.role, secure, first: how.unread ?? queued }),
  };
  return new TlsSocketIo(socket, wire, how.context.settings.truncation);
}

function overDuplex(io: Io, how: TlsWrapping): TlsSocketIo {
  const below = new IoDuplex(io, how.unread);
  let cut = false;
  // Before TLS hears of it: the end of the transport comes after close_notify, or instead of it.
  below.once('end', () => {
    cut = !hasEnded(socket);
  });
  const socket = newSocket(below, how);
  if (ON_BUN) socket.pause();
  const wire: Wire = {
    io,
    role: how.role,
    onHandle: false,
    pause: () => void (ON_DENO ? below.pausePulling() : socket.pause()),
    resume: () => void (ON_DENO ? below.resumePulling() : socket.resume()),
    wasCut: () => cut,
    isFlushed: () => below.writableLength === 0 && socket.writableLength === 0,
    // Node finishes when all has gone down, the others before.
    sentAll: (done) => void (ON_NODE ? socket : below).once('finish', done),
    failureOf: (error, secure) => tlsFailure(error, { role: how.role, secure, first: below.first }),
  };
  const top = new TlsSocketIo(socket, wire, how.context.settings.truncation);
  if (!ON_NODE) below.flushed = top.flushed;
  return top;
}

function newSocket(below: Duplex, how: TlsWrapping): TLSSocket {
  const { secure, settings, keylog } = nodeContext(how.context);
  const { alpn, psk, requestCert, verify } = settings;
  const name = nameAsked(how.servername);
  const session = unpackSession(how.session)?.session;
  const shared = {
    secureContext: secure,
    allowHalfOpen: true,
    ...(alpn.length === 0 ? {} : { ALPNProtocols: [...alpn] }),
  };
  const socket =
    how.role === 'client'
      ? tls.connect({
          ...shared,
          socket: below,
          ...(name === undefined ? {} : { servername: name }),
          ...(session === undefined ? {} : { session }),
          // Certificates are looked at below, resumed handshakes included, and what is wrong with them can be said there.
          rejectUnauthorized: false,
          checkServerIdentity: () => undefined,
          ...(psk === undefined ? {} : { pskCallback: () => identityOf(psk) }),
        })
      : new TLSSocket(below, {
          ...shared,
          isServer: true,
          requestCert,
          rejectUnauthorized: requestCert && verify === true,
          SNICallback: (name, done) => done(null, secureFor(how, name)),
          ...(psk === undefined
            ? {}
            : { pskCallback: (_socket: unknown, identity: string) => psk.get(identity) ?? null }),
        } as TLSSocketOptions);
  if (keylog !== undefined) socket.on('keylog', (line) => keylog(String(line).trimEnd()));
  return socket;
}

function identityOf(psk: ReadonlyMap<string, Uint8Array>): { psk: Uint8Array; identity: string } {
  const [identity, key] = [...psk][0] as [string, Uint8Array];
  return { psk: key, identity };
}

function secureFor({ sni, context }: TlsWrapping, servername: string): SecureContext {
  return nodeContext(contextFor(sni, servername) ?? context).secure;
}

/** Takes down what the handshake has come to; the failure, if the peer is not who it should be. */
function settled(top: TlsSocketIo, how: TlsWrapping): Failure | undefined {
  const { socket } = top;
  const { settings } = how.context;
  const resumed = socket.isSessionReused();
  const verified = (how.role === 'client' || settings.requestCert) && settings.verify !== false;
  const shown = () => certificateOf(socket) ?? (resumed ? unpackSession(how.session)?.cert : undefined);
  // Parsing it costs a tenth of the handshake: where nobody is verified, it is for those who ask.
  const cert = verified ? shown() : undefined;
  const failure = verified ? peerFailure(socket, cert, how) : undefined;
  if (failure !== undefined) return failure;
  top.secured(
    {
      protocol: socket.getProtocol() ?? '',
      cipher: socket.getCipher()?.standardName ?? socket.getCipher()?.name ?? '',
      alpn: socket.alpnProtocol || undefined,
      servername:
        (how.role === 'client' ? nameAsked(how.servername) : (socket as { servername?: string }).servername) ||
        undefined,
      resumed,
      verified: verified && (cert !== undefined || settings.psk !== undefined),
    },
    verified ? () => cert : shown,
  );
  return checkPins(settings.pins.length === 0 ? [] : top.peerChain(), settings);
}

/** Why the peer is not who it should be. */
function peerFailure(socket: TLSSocket, cert: X509Certificate | undefined, how: TlsWrapping): Failure | undefined {
  const { servername, role } = how;
  const { verify, psk } = how.context.settings;
  const wrong = whyUnauthorized(socket, role);
  // Without a certificate there is nothing wrong where both sides have shown that they have the same key.
  if (cert === undefined)
    return verify === 'optional' || (psk !== undefined && wrong === undefined) ? undefined : noCertificateFailure();
  if (wrong !== undefined) return certificateFailure(wrong.code, { ...describe(cert, servername), text: wrong.text });
  if (role === 'server') return undefined;
  return servername === undefined
    ? certificateFailure('ERR_TLS_CERT_ALTNAME_INVALID', describe(cert, servername))
    : checkName(cert, servername);
}

/** What is wrong with the peer's certificate, by node:tls's code and OpenSSL's words, if known; nothing where it is good. */
function whyUnauthorized(socket: TLSSocket, role: TlsRole): { code: string; text: string } | undefined {
  if (role === 'client' && socket.authorized) return undefined;
  const error = verifyError(socket);
  if (error === null || (error === undefined && socket.authorized)) return undefined;
  // A string, whatever the types say.
  const code = error?.code ?? String(socket.authorizationError ?? 'UNSPECIFIED');
  return { code, text: error?.message ?? code };
}

/** Not by `getPeerX509Certificate`, which takes the chain out of the connection in Node 20: nobody finds it afterwards. */
function certificateOf(socket: TLSSocket): X509Certificate | undefined {
  const raw = socket.getPeerCertificate()?.raw as Buffer | undefined;
  return raw && new X509Certificate(raw);
}

/** What SNI has asked for: names alone. */
function nameAsked(servername: string | undefined): string | undefined {
  return servername === undefined || familyOf(servername) !== undefined ? undefined : servername;
}

/** Whether TLS has read to its end. Node has no public word for it before the program has read that far, too. */
function hasEnded(socket: TLSSocket): boolean {
  return (socket as unknown as { _readableState: { ended: boolean } })._readableState.ended;
}
