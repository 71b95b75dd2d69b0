/**
 * Data connections: this side connects (EPSV, then PASV), or the server does (PORT, EPRT). Each is prepared before its
 * command, and opened after the server's first reply to that.
 */
import { shownEndpoint } from '../../core/address.ts';
import { Failure, failed, ReplyError, SocketError, unsupported } from '../../core/errors.ts';
import type { Flow } from '../../core/flow.ts';
import type { Client } from '../../sockets/client.ts';
import type { Face } from '../../sockets/face.ts';
import type { Listening, TcpClient } from '../../sockets/tcp.ts';
import { TlsClient } from '../../sockets/tls.ts';
import { secured } from '../connect/dial.ts';
import { commandLine } from '../tp/line.ts';
import { connectedTo, placeAt, tlsTo } from '../tp/open.ts';
import { extendedPassivePort, extendedPortArgument, isSameAddress, passivePort, portArgument } from './addresses.ts';
import type { FtpConnection } from './connection.ts';

/** A data connection on its way. */
export interface PreparedData<F extends Face> {
  /** The connection, through TLS where the session protects its data. */
  open(signal: AbortSignal | undefined): Flow<Client<F>>;
  /** Gives it up. */
  close(): void;
}

/** @throws ReplyError, ProtocolError `ERR_FTP_ADDRESS`, SocketError with the system's code, `ERR_UNSUPPORTED` */
export function* prepareData<F extends Face>(
  session: FtpConnection<F>,
  signal: AbortSignal | undefined,
): Flow<PreparedData<F>> {
  const { active } = session.options;
  if (active === true) return yield* listen(session);
  try {
    return yield* connect(session, signal);
  } catch (error) {
    // What has ended the session, or was ended by its caller, is not to be tried in another way; nor is what no way can do.
    const isOver = active === false || signal?.aborted === true || !canListen(session);
    if (isOver || !(error instanceof SocketError) || error.code === 'ERR_UNSUPPORTED') throw error;
    session.checkUsable();
    return yield* listen(session);
  }
}

/** EPSV (RFC 2428) knows both families and names no address; PASV is for servers that do not know it. */
function* connect<F extends Face>(session: FtpConnection<F>, signal: AbortSignal | undefined): Flow<PreparedData<F>> {
  const port = (yield* extendedPort(session)) ?? passivePort((yield* session.ask(commandLine('PASV'), '227')).text);
  const { engine, target, options, dialogue } = session;
  const { proxy, proxyTls, create } = options;
  // The address that a server names is not believed: data comes from where the commands go.
  const host = proxy === undefined ? (peerOf(dialogue.client)?.address ?? target.place.host) : target.place.host;
  const place = placeAt('ftp', 'ftp', host, port, false);
  const way = { call: 'ftp', place, tls: {}, proxy, proxyTls, create };
  const client = yield* connectedTo(engine, way, dialogue.options.clock.connecting(signal));
  return {
    open: (later) => protectedData(session, client, later),
    close: () => client.close(),
  };
}

function* extendedPort<F extends Face>(session: FtpConnection<F>): Flow<number | undefined> {
  if (!session.knowsEpsv) return undefined;
  const reply = yield* session.tryOut(commandLine('EPSV'), '229');
  if (!(reply instanceof ReplyError)) return extendedPassivePort(reply.text);
  // PASV names addresses of IPv4 alone (RFC 959).
  if (peerOf(session.dialogue.client)?.family === 'inet6') throw reply;
  session.knowsEpsv = false;
  return undefined;
}

/** The server connects to a port of this side, on the address from which the commands come. */
function* listen<F extends Face>(session: FtpConnection<F>): Flow<PreparedData<F>> {
  const { engine, dialogue, options } = session;
  const here = tcpOf(dialogue.client)?.getsockname();
  const peer = peerOf(dialogue.client);
  if (options.proxy !== undefined) throw unsupported('active FTP', 'a proxy takes no connection of the server');
  if (engine.listen === undefined || here === undefined || peer === undefined)
    throw unsupported('active FTP', 'the control connection is no TCP connection of this machine');
  const listening = yield* engine.listen(here.address);
  try {
    const { name } = listening;
    const line =
      name.family === 'inet'
        ? commandLine('PORT', portArgument(name))
        : commandLine('EPRT', extendedPortArgument(name));
    yield* session.ask(line, '2..');
  } catch (error) {
    listening.close();
    throw error;
  }
  return {
    *open(signal) {
      const client = yield* acceptFrom(session, listening, peer.address, signal);
      return yield* protectedData(session, client, signal);
    },
    close: () => listening.close(),
  };
}

function canListen<F extends Face>({ engine, options, dialogue }: FtpConnection<F>): boolean {
  return engine.listen !== undefined && options.proxy === undefined && tcpOf(dialogue.client) !== undefined;
}

/** The server's connection. Those from other addresses would steal the data, or put in theirs: they are closed. */
function* acceptFrom<F extends Face>(
  { dialogue }: FtpConnection<F>,
  listening: Listening<F>,
  address: string,
  signal: AbortSignal | undefined,
): Flow<Client<F>> {
  const deadline = dialogue.options.clock.connecting(signal);
  try {
    for (;;) {
      const client = yield* listening.accept(deadline);
      if (client instanceof Failure)
        throw failed('accept', client, { target: shownEndpoint(listening.name.address, listening.name.port) });
      if (isFrom(client, address)) return client;
      client.close();
    }
  } finally {
    listening.close();
  }
}

function isFrom(client: TcpClient<Face>, address: string): boolean {
  try {
    return isSameAddress(client.getpeername().address, address);
  } catch (error) {
    // It has gone again.
    if (error instanceof SocketError) return false;
    throw error;
  }
}

/**
 * TLS as on the control connection, whose host's name the certificate has to have, and whose session goes on: servers
 * take that for a proof that both connections are the same client's (RFC 4217, section 10; vsftpd's require_ssl_reuse).
 */
function* protectedData<F extends Face>(
  session: FtpConnection<F>,
  client: Client<F>,
  signal: AbortSignal | undefined,
): Flow<Client<F>> {
  if (!session.protects) return client;
  const { engine, dialogue, target } = session;
  const { host, port } = target.place;
  try {
    const control = dialogue.client;
    const resumed = session.tlsSession ?? (control instanceof TlsClient ? control.getsession() : undefined);
    const { how, key } = tlsTo(engine, 'ftp', target.place, target.tls);
    const deadline = dialogue.options.clock.connecting(signal);
    const name = `${shownEndpoint(host, port)} (data)`;
    return yield* secured({ engine, deadline }, client, { key, how: { ...how, session: resumed } }, name);
  } catch (error) {
    client.close();
    throw error;
  }
}

/** A client that has addresses: over TCP, with TLS or without. */
type Addressed = Pick<TcpClient<Face>, 'getpeername' | 'getsockname'>;

function tcpOf(client: Client<Face>): Addressed | undefined {
  if (!('getpeername' in client)) return undefined;
  try {
    (client as unknown as Addressed).getpeername();
    return client as unknown as Addressed;
  } catch (error) {
    // TLS over something else.
    if (error instanceof SocketError) return undefined;
    throw error;
  }
}

function peerOf(client: Client<Face>): ReturnType<Addressed['getpeername']> | undefined {
  return tcpOf(client)?.getpeername();
}
