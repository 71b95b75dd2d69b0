/** TLS clients and servers, as programs see them. */
import type { Endpoint } from '../core/address.ts';
import { badArgument, CLOSED_HERE, Failure, failed, type Outcome, unsupported } from '../core/errors.ts';
import type { Io } from '../core/io.ts';
import {
  checkOption,
  checkReadable,
  type OptionName,
  type OptionValue,
  type OptionValues,
  type ReadableOption,
} from '../core/options.ts';
import { Stream } from '../core/stream.ts';
import type { Timeouts } from '../core/timeout.ts';
import type { X509Certificate } from './certificates.ts';
import { Client } from './client.ts';
import type { TcpIo, TlsAcceptor, TlsFacts, TlsIo } from './engine.ts';
import type { Face, Runner } from './face.ts';
import { Server } from './server.ts';
import { shownName } from './tcp.ts';

/** A connection through TLS, whose handshake is done: a client as any, that knows more of its peer. */
export class TlsClient<F extends Face> extends Client<F> {
  readonly #io: TlsIo;

  constructor(io: TlsIo, runner: Runner<F>, timeouts?: Timeouts) {
    super(new Stream(io, () => peerOf(io), timeouts), runner);
    this.#io = io;
  }

  /** What the handshake has come to: version, cipher, names, and whether the peer is who it should be. (LuaSec `conn:info`.) */
  info(): TlsFacts {
    return this.#usable('info').facts();
  }

  /** The peer's certificate; undefined where it has shown none. (LuaSec `conn:getpeercertificate`.) */
  getpeercertificate(): X509Certificate | undefined {
    return this.#usable('getpeercertificate').peerChain()[0];
  }

  /** The peer's certificate and those that have signed it, as far as they are known. (LuaSec `conn:getpeerchain`.) */
  getpeerchain(): readonly X509Certificate[] {
    return this.#usable('getpeerchain').peerChain();
  }

  /** The protocol of `alpn` that both sides have chosen; undefined where they chose none. (LuaSec `conn:getalpn`.) */
  getalpn(): string | undefined {
    return this.info().alpn;
  }

  /**
   * What makes the next handshake with this host shorter, by the option `session`, with the same context. Undefined
   * where the peer has given none: in TLS 1.3 it comes after the handshake, with the first data. Each of TLS 1.3 is to
   * be used once (RFC 8446, appendix C.4); this gives the newest.
   */
  getsession(): Uint8Array | undefined {
    return this.#usable('getsession').session();
  }

  /** Bytes of the given length that only the two ends of this connection can derive (RFC 5705). (LuaSec `conn:exportkeyingmaterial`.) */
  exportkeyingmaterial(length: number, label: string, context?: Uint8Array): Buffer {
    const io = this.#usable('exportkeyingmaterial');
    if (!Number.isSafeInteger(length) || length < 1 || length > 65_535)
      throw badArgument(`exportkeyingmaterial: length is 1 to 65535 bytes, not ${String(length)}`);
    if (typeof label !== 'string' || label === '')
      throw badArgument('exportkeyingmaterial: label is a string, such as one that IANA has registered');
    if (context !== undefined && !(context instanceof Uint8Array))
      throw badArgument('exportkeyingmaterial: context is bytes');
    return io.exportKeyingMaterial(length, label, context);
  }

  /** The peer's address and port, over TCP. */
  getpeername(): Endpoint {
    return this.#ask('getpeername', (tcp) => tcp.getpeername());
  }

  /** The local address and port, over TCP. */
  getsockname(): Endpoint {
    return this.#ask('getsockname', (tcp) => tcp.getsockname());
  }

  /** Sets an option of the TCP socket below, by LuaSocket's name. */
  setoption<K extends OptionName>(name: K, value: OptionValues[K]): void {
    checkOption(name, value);
    this.#ask('setoption', (tcp) => tcp.setoption(name, value));
  }

  /** The value of an option of the TCP socket below. */
  getoption<K extends ReadableOption>(name: K): OptionValue<K> {
    checkReadable(name);
    return this.#ask<OptionValue<K>>('getoption', (tcp) => tcp.getoption(name));
  }

  #usable(call: string): TlsIo {
    if (this.stream.end !== undefined) throw failed(call, this.stream.end);
    return this.#io;
  }

  #ask<T>(call: string, ask: (tcp: TcpIo) => Outcome<T>): T {
    const io = lowestOf(this.#usable(call));
    if (!('getpeername' in io)) throw unsupported(call, 'what is below this TLS connection is no TCP connection');
    const answer = ask(io as TcpIo);
    if (answer instanceof Failure) throw failed(call, answer);
    return answer;
  }
}

/** A listening socket whose connections are TLS's, with their handshakes done. */
export class TlsServer<F extends Face> extends Server<F, TlsIo, TlsClient<F>> {
  readonly #acceptor: TlsAcceptor;

  constructor(acceptor: TlsAcceptor, runner: Runner<F>) {
    super(
      acceptor,
      runner,
      (io) => new TlsClient(io, runner),
      () => shownName(acceptor.getsockname()),
    );
    this.#acceptor = acceptor;
  }

  /** The local address and port. */
  getsockname(): Endpoint {
    const name = this.closed ? CLOSED_HERE : this.#acceptor.getsockname();
    if (name instanceof Failure) throw failed('getsockname', name);
    return name;
  }
}

/** The transport below all TLS. */
function lowestOf(io: Io): Io {
  return 'below' in io ? lowestOf((io as TlsIo).below) : io;
}

/** The peer as messages name it; undefined where what is below has no names. */
function peerOf(io: Io): string | undefined {
  const lowest = lowestOf(io);
  return 'getpeername' in lowest ? shownName((lowest as TcpIo).getpeername()) : undefined;
}
