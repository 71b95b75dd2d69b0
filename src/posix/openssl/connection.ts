/**
 * One connection of OpenSSL (an SSL) between two memory BIOs: ciphertext in and out, and the calls of its state machine.
 * Nothing here waits, and nothing knows where the ciphertext goes.
 */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { TlsFacts, TlsRole, TlsWrapping } from '../../sockets/engine.ts';
import { copyOf, type Pointer } from '../libc/functions.ts';
import { type Asked, answering, type Party } from './callbacks.ts';
import { type StackedError, takeErrors } from './errors.ts';
import {
  BIO_C_SET_BUF_MEM_EOF_RETURN,
  BIO_CTRL_PENDING,
  CTRL,
  HOST_FLAGS,
  type OpenSsl,
  openssl,
  SSL_ERROR,
  SSL_OP_NO_TICKET,
  SSL_VERIFY,
} from './functions.ts';
import { bytesOf, derOf, isThere, there } from './memory.ts';
import { newestSession, offerSession } from './session.ts';

/** What a call has come to, where that is not a count: it wants more ciphertext, has met the goodbye, or has failed. */
export const WANTS = 0;
export const GOODBYE = -1;
export const FAILED = -2;

/** A server has to have one before it takes its sessions back; its contexts have ticket keys of their own. */
const SESSION_ID_CONTEXT = Buffer.from('moonsocket');

/** The most plaintext that a record has (RFC 8446, section 5.1). */
export const RECORD: number = 16_384;

/**
 * Frees what was forgotten, without a word: its transport has an owner as well, who tells which line has opened it. In a
 * worker that is terminated it stays, some tens of KiB, until the process ends.
 */
const forgotten = new FinalizationRegistry<Pointer>((ssl) => openssl().SSL_free(ssl));

export class Connection {
  readonly role: TlsRole;
  readonly #c: OpenSsl;
  readonly #party: Party;
  readonly #incoming: Pointer;
  readonly #outgoing: Pointer;
  #ssl: Pointer;
  #chain: readonly X509Certificate[] | undefined;
  /** Why the last call has failed. */
  errors: readonly StackedError[] = [];

  constructor({ role, context, servername, session, sni }: Omit<TlsWrapping, 'unread'>) {
    const c = openssl();
    const main = context as Asked;
    this.role = role;
    this.#c = c;
    this.#ssl = there(c.SSL_new(main.pointer));
    forgotten.register(this, this.#ssl, this);
    this.#incoming = there(c.BIO_new(c.BIO_s_mem()));
    this.#outgoing = there(c.BIO_new(c.BIO_s_mem()));
    c.BIO_ctrl(this.#incoming, BIO_C_SET_BUF_MEM_EOF_RETURN, -1, null);
    c.SSL_set_bio(this.#ssl, this.#incoming, this.#outgoing); // which has them from now on
    c.SSL_set_verify(this.#ssl, main.verifyMode(role), main.verifyCallback(role));
    this.#party = {
      c,
      ssl: this.#ssl,
      context: main,
      main,
      sni: sni as ReadonlyMap<string, Asked> | undefined,
      refused: undefined,
    };
    if (role === 'server') this.#prepareServer();
    else this.#prepareClient(main, servername, session);
    c.ERR_clear_error();
  }

  /** The settings that hold: on a server, those of the name that the client has asked for. */
  get context(): Asked {
    return this.#party.context;
  }

  /** Takes ciphertext in, which is the caller's again. */
  feed(ciphertext: Uint8Array, length: number = ciphertext.length): void {
    this.#c.BIO_write(this.#incoming, ciphertext, length);
  }

  /** Gives ciphertext out, as much as there is room for: how much that was. */
  drain(into: Uint8Array): number {
    return Math.max(0, this.#c.BIO_read(this.#outgoing, into, into.length));
  }

  /** Ciphertext that waits to be given out. */
  get pending(): number {
    return this.#c.BIO_ctrl(this.#outgoing, BIO_CTRL_PENDING, 0, null);
  }

  /** 1 when it is done. */
  handshake(): number {
    return this.#called(() => this.#c.SSL_do_handshake(this.#ssl));
  }

  /** Plaintext to this address: how much, of one record. `again` says that the last call was one of these, and went well. */
  read(address: number, size: number, again: boolean): number {
    return this.#called(() => this.#c.SSL_read(this.#ssl, address, size), again);
  }

  /** Makes records of the first `length` bytes, {@link RECORD} in each: how many bytes that were. */
  write(bytes: Uint8Array, length: number): number {
    return this.#called(() => this.#c.SSL_write(this.#ssl, bytes, length));
  }

  /** Says goodbye (close_notify): nothing is written any more. */
  sayGoodbye(): void {
    this.#c.SSL_shutdown(this.#ssl);
    this.#c.ERR_clear_error();
  }

  /** Has the keys of this direction, or of both, made new (RFC 8446, section 4.6.3). */
  updateKeys(both: boolean): void {
    this.#c.SSL_key_update(this.#ssl, both ? 1 : 0);
    this.#c.ERR_clear_error();
  }

  /** X509_V_ERR_*: 0 where the peer's certificate is good, or it has none. */
  get verifyResult(): number {
    return this.#c.SSL_get_verify_result(this.#ssl);
  }

  /** Whether the handshake went on with an earlier session. */
  get resumed(): boolean {
    return this.#c.SSL_session_reused(this.#ssl) === 1;
  }

  verifyText(): string {
    return this.#c.X509_verify_cert_error_string(this.verifyResult);
  }

  facts(): TlsFacts {
    const c = this.#c;
    const cipher = c.SSL_get_current_cipher(this.#ssl);
    const asked = this.context.verifyMode(this.role) !== SSL_VERIFY.NONE;
    return {
      protocol: c.SSL_get_version(this.#ssl),
      cipher: isThere(cipher) ? c.SSL_CIPHER_get_name(cipher) : '',
      alpn: this.#alpn(),
      servername: c.SSL_get_servername(this.#ssl, 0) ?? undefined,
      resumed: this.resumed,
      // A client without a server's certificate has a key that both know.
      verified: asked && this.verifyResult === 0 && (this.role === 'client' || this.peerChain().length > 0),
    };
  }

  /** The peer's certificate that was not taken. */
  get refused(): X509Certificate | undefined {
    return this.#party.refused && new X509Certificate(this.#party.refused);
  }

  /** The peer's certificate, and those that follow it: of the chain that was verified, else of what the peer has sent. */
  peerChain(): readonly X509Certificate[] {
    this.#chain ??= this.#readChain();
    return this.#chain;
  }

  session(): Buffer | undefined {
    return newestSession(this.#c, this.#ssl);
  }

  exportKeyingMaterial(length: number, label: string, context: Uint8Array | undefined): Buffer {
    const out = Buffer.alloc(length);
    const name = Buffer.from(label);
    const size = context?.length ?? 0;
    const bytes = size === 0 ? null : (context as Uint8Array);
    const use = context === undefined ? 0 : 1;
    const done = this.#c.SSL_export_keying_material(this.#ssl, out, length, name, name.length, bytes, size, use);
    this.#c.ERR_clear_error();
    if (done !== 1) throw new RangeError(`OpenSSL derives no keys for the label ${JSON.stringify(label)}`);
    return out;
  }

  /** Whether it is there: no call of OpenSSL may follow `free`. */
  get open(): boolean {
    return this.#ssl !== 0n;
  }

  free(): void {
    if (!this.open) return;
    forgotten.unregister(this);
    this.#c.SSL_free(this.#ssl);
    this.#ssl = 0n;
  }

  #prepareServer(): void {
    const c = this.#c;
    c.SSL_set_accept_state(this.#ssl);
    c.SSL_set_session_id_context(this.#ssl, SESSION_ID_CONTEXT, SESSION_ID_CONTEXT.length);
    // In TLS 1.3 a session goes on before the name is looked at: one of a name that asks its clients for nothing would open the others.
    const contexts = [this.context, ...(this.#party.sni?.values() ?? [])];
    const asks = contexts.some(({ settings }) => settings.requestCert);
    if (contexts.length > 1 && asks) c.SSL_set_options(this.#ssl, SSL_OP_NO_TICKET);
  }

  #prepareClient(context: Asked, servername: string | undefined, session: Uint8Array | undefined): void {
    const c = this.#c;
    c.SSL_set_connect_state(this.#ssl);
    if (servername !== undefined) {
      const param = c.SSL_get0_param(this.#ssl);
      const verify = context.settings.verify !== false;
      if (isIP(servername) !== 0) {
        if (verify) c.X509_VERIFY_PARAM_set1_ip_asc(param, servername);
      } else {
        c.SSL_ctrlText(this.#ssl, CTRL.SET_TLSEXT_HOSTNAME, 0, servername);
        c.X509_VERIFY_PARAM_set_hostflags(param, HOST_FLAGS);
        if (verify) c.X509_VERIFY_PARAM_set1_host(param, servername, 0);
      }
    }
    if (session !== undefined) offerSession(c, this.#ssl, session);
  }

  /** Makes a call, with an empty stack before it and after it; `isClean` says that it is empty already. */
  #called(call: () => number, isClean = false): number {
    const c = this.#c;
    if (!isClean) c.ERR_clear_error();
    const result = answering(this.#party, call);
    if (result > 0) return result;
    const error = c.SSL_get_error(this.#ssl, result);
    if (error === SSL_ERROR.WANT_READ || error === SSL_ERROR.WANT_WRITE) return WANTS; // a memory BIO takes all that is written
    if (error === SSL_ERROR.ZERO_RETURN) return GOODBYE;
    this.errors = takeErrors(c);
    return FAILED;
  }

  #alpn(): string | undefined {
    const name = new BigUint64Array(1);
    const length = new Uint32Array(1);
    this.#c.SSL_get0_alpn_selected(this.#ssl, bytesOf(name), new Uint8Array(length.buffer));
    return length[0] === 0 ? undefined : copyOf(name[0] as bigint, length[0] as number).toString('latin1');
  }

  #readChain(): readonly X509Certificate[] {
    const c = this.#c;
    const own = c.SSL_get1_peer_certificate(this.#ssl);
    if (!isThere(own)) return [];
    const ders = [derOf(c.i2d_X509, own)];
    c.X509_free(own);
    const verified = this.verifyResult === 0 ? c.SSL_get0_verified_chain(this.#ssl) : null;
    const stack = isThere(verified) ? verified : c.SSL_get_peer_cert_chain(this.#ssl);
    for (let i = 0; isThere(stack) && i < c.OPENSSL_sk_num(stack); i++) {
      const der = derOf(c.i2d_X509, c.OPENSSL_sk_value(stack, i));
      if (!der.equals(ders[0] as Buffer)) ders.push(der); // a server's stack leaves the peer's own out, others begin with it
    }
    c.ERR_clear_error();
    return ders.map((der) => new X509Certificate(der));
  }
}
