/** A context of LuaSec's: an SSL_CTX, which side it is for, and the program's functions that its connections ask. */
import type { Pointer } from '../../../posix/libc/functions.ts';
import { CTRL, openssl } from '../../../posix/openssl/functions.ts';
import { there } from '../../../posix/openssl/memory.ts';
import { DESCRIPTOR_MODES } from '../../../posix/openssl/more-functions.ts';
import type { TlsRole } from '../../../sockets/engine.ts';
import type { Bindings, HostObject } from '../../bindings.ts';
import type { Reference, State } from '../../state.ts';
import { type Owned, structuresOf } from './structures.ts';

export const CONTEXT = 'SSL:Context';

/** Bytes that one takes, without the certificates that it trusts: measured on OpenSSL 3. */
const SIZE = 32_768;

/** A kind of function that OpenSSL's questions lead to. */
export type Asked = 'alpn' | 'dhparam' | 'psk';

export class SslContext implements HostObject {
  readonly className: string = CONTEXT;
  mode: TlsRole | undefined;
  /** `lsec_continue`: errors of certificates are noted, and end nothing. */
  continues = false;
  /** `lsec_ignore_purpose` */
  ignoresPurpose = false;
  readonly owned: Owned;
  readonly #functions = new Map<Asked, Reference>();
  readonly #main: State;

  /** `least` and `most` are versions as TLS writes them; 0 is any. */
  constructor(machine: Bindings, lua: State, least: number, most: number) {
    const c = openssl();
    const structures = structuresOf(machine);
    structures.needRoom(lua, SIZE);
    const pointer = there(c.SSL_CTX_new(c.TLS_method()));
    this.owned = structures.own(pointer, (one) => c.SSL_CTX_free(one), SIZE);
    this.#main = machine.main;
    c.SSL_CTX_ctrl(pointer, CTRL.SET_MIN_PROTO_VERSION, least, null);
    c.SSL_CTX_ctrl(pointer, CTRL.SET_MAX_PROTO_VERSION, most, null);
    c.SSL_CTX_ctrl(pointer, CTRL.SESS_CACHE_MODE, 0, null);
    c.SSL_CTX_ctrl(pointer, CTRL.MODE, DESCRIPTOR_MODES, null);
    c.ERR_clear_error();
  }

  get pointer(): Pointer {
    return this.owned.pointer;
  }

  /** The function that answers. */
  function(kind: Asked): Reference | undefined {
    return this.#functions.get(kind);
  }

  /** Takes the value from the top. */
  setFunction(kind: Asked, lua: State): void {
    this.#release(kind);
    this.#functions.set(kind, lua.keep());
  }

  collected(): void {
    for (const kind of [...this.#functions.keys()]) this.#release(kind);
    this.owned.free();
  }

  #release(kind: Asked): void {
    const reference = this.#functions.get(kind);
    if (reference !== undefined) this.#main.release(reference);
    this.#functions.delete(kind);
  }
}

/** The context that an argument must be. One that a program has collected itself is as another value. */
export function contextAt(machine: Bindings, lua: State, argument: number): SslContext {
  const context = machine.object<SslContext>(lua, argument, CONTEXT);
  return context.owned.there ? context : lua.argumentError(argument, 'the context is gone');
}
