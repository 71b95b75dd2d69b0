/** The methods of a connection that tell what is known of it: certificates, names, and what both sides have agreed on. */
import type { Pointer } from '../../../posix/libc/functions.ts';
import { copyOf } from '../../../posix/libc/functions.ts';
import { openssl } from '../../../posix/openssl/functions.ts';
import { bytesOf, isThere } from '../../../posix/openssl/memory.ts';
import { MORE_CTRL, moreOpenssl } from '../../../posix/openssl/more-functions.ts';
import { verifyWords } from '../../../posix/openssl/words.ts';
import type { Bindings, Functions } from '../../bindings.ts';
import type { HostFunction, State } from '../../state.ts';
import { CONNECTION, type SslConnection } from './connection.ts';
import { pushCertificate } from './x509.ts';

/** The most keying material that one call derives: OpenSSL itself has no limit, and HKDF has 255 hashes (RFC 5869). */
const KEYING_MATERIAL = 16_320;

/** One side's certificate, and the chain that goes with it. */
interface Chain {
  /** For one more owner. */
  own(ssl: Pointer): Pointer | null;
  stack(ssl: Pointer): Pointer | null;
}

const PEER: Chain = {
  own: (ssl) => openssl().SSL_get1_peer_certificate(ssl),
  stack: (ssl) => openssl().SSL_get_peer_cert_chain(ssl),
};

const LOCAL: Chain = {
  own(ssl) {
    const own = moreOpenssl().SSL_get_certificate(ssl);
    if (isThere(own)) openssl().X509_up_ref(own);
    return own;
  },
  stack(ssl) {
    const stack = new BigUint64Array(1);
    moreOpenssl().SSL_ctrlAt(ssl, MORE_CTRL.GET_CHAIN_CERTS, 0, bytesOf(stack));
    return stack[0] as bigint;
  },
};

export function factMethods(machine: Bindings): Functions {
  const at = (lua: State): SslConnection => machine.object<SslConnection>(lua, 1, CONNECTION);
  /** Only while it is connected. */
  const connected =
    (tell: (lua: State, ssl: Pointer, connection: SslConnection) => number): HostFunction =>
    (lua) => {
      const connection = at(lua);
      return connection.connected ? tell(lua, connection.transfer.pointer, connection) : lua.refuse('closed');
    };
  /** In any state, while OpenSSL's is there. */
  const alive =
    (tell: (lua: State, ssl: Pointer) => number): HostFunction =>
    (lua) => {
      const { transfer } = at(lua);
      return transfer.usable ? tell(lua, transfer.pointer) : lua.refuse('closed');
    };

  return {
    getpeercertificate: connected((lua, ssl) => certificate(machine, lua, ssl, PEER)),
    getlocalcertificate: connected((lua, ssl) => certificate(machine, lua, ssl, LOCAL)),
    getpeerchain: connected((lua, ssl) => chain(machine, lua, ssl, PEER)),
    getlocalchain: connected((lua, ssl) => chain(machine, lua, ssl, LOCAL)),

    getpeerverification(lua) {
      const connection = at(lua);
      if (!connection.connected) return lua.give(false, 'closed');
      const result = openssl().SSL_get_verify_result(connection.transfer.pointer);
      if (result === 0) return lua.give(true);
      lua.push(false);
      if (connection.certificateErrors.size === 0) lua.push(verifyWords(openssl(), result));
      else pushErrors(lua, connection.certificateErrors);
      return 2;
    },

    getfinished: connected((lua, ssl) =>
      finished(lua, (into, size) => moreOpenssl().SSL_get_finished(ssl, into, size)),
    ),
    getpeerfinished: connected((lua, ssl) =>
      finished(lua, (into, size) => moreOpenssl().SSL_get_peer_finished(ssl, into, size)),
    ),

    exportkeyingmaterial: connected((lua, ssl) => {
      const [label, length] = [lua.data(2), lua.integer(3)];
      const context = lua.isAbsent(4) ? undefined : lua.data(4);
      if (length < 0 || length > KEYING_MATERIAL) return lua.refuse('error exporting keying material');
      const out = Buffer.alloc(Math.max(1, length));
      const done = openssl().SSL_export_keying_material(
        ssl,
        out,
        length,
        label,
        label.length,
        context === undefined ? null : Buffer.concat([context, Uint8Array.of(0)]),
        context?.length ?? 0,
        context === undefined ? 0 : 1,
      );
      openssl().ERR_clear_error();
      return done === 1 ? lua.give(out.subarray(0, length)) : lua.refuse('error exporting keying material');
    }),

    getsniname: alive((lua, ssl) => lua.give(openssl().SSL_get_servername(ssl, 0))),
    getalpn: alive((lua, ssl) => {
      const name = new BigUint64Array(1);
      const length = new Uint32Array(1);
      openssl().SSL_get0_alpn_selected(ssl, bytesOf(name), new Uint8Array(length.buffer));
      return lua.give(length[0] === 0 ? null : copyOf(name[0] as bigint, length[0] as number));
    }),
  };
}

/** The certificate of a number, 1 being the side's own. */
function certificate(machine: Bindings, lua: State, ssl: Pointer, side: Chain): number {
  const number = lua.optInteger(2, 1);
  if (number < 1) return lua.refuse('invalid certificate index');
  if (number === 1) return pushOr(machine, lua, side.own(ssl));
  // On a server the stack leaves its own out.
  const index = number - 1 - moreOpenssl().SSL_is_server(ssl);
  const stack = side.stack(ssl);
  if (!isThere(stack) || index >= openssl().OPENSSL_sk_num(stack)) return lua.give(null);
  return pushOr(machine, lua, another(stack, index));
}

function chain(machine: Bindings, lua: State, ssl: Pointer, side: Chain): number {
  lua.newTable();
  let count = 0;
  if (moreOpenssl().SSL_is_server(ssl) === 1) {
    const own = side.own(ssl);
    if (isThere(own)) {
      pushCertificate(machine, lua, own);
      lua.setItem(-2, ++count);
    }
  }
  const stack = side.stack(ssl);
  for (let i = 0; isThere(stack) && i < openssl().OPENSSL_sk_num(stack); i++) {
    pushCertificate(machine, lua, another(stack, i));
    lua.setItem(-2, ++count);
  }
  return 1;
}

/** A certificate of a stack, for one more owner. */
function another(stack: Pointer, index: number): Pointer {
  const one = openssl().OPENSSL_sk_value(stack, index);
  openssl().X509_up_ref(one);
  return one;
}

function pushOr(machine: Bindings, lua: State, own: Pointer | null): number {
  if (!isThere(own)) return lua.give(null);
  pushCertificate(machine, lua, own);
  return 1;
}

/** A table of lists of words, by depth from 1 on. */
function pushErrors(lua: State, errors: ReadonlyMap<number, readonly string[]>): void {
  lua.newTable();
  for (const [depth, words] of errors) {
    lua.newTable();
    words.forEach((word, i) => {
      lua.push(word);
      lua.setItem(-2, i + 1);
    });
    lua.setItem(-2, depth + 1);
  }
}

/** The message Finished, which some protocols bind their logins to. */
function finished(lua: State, read: (into: Uint8Array, size: number) => number): number {
  const message = Buffer.alloc(64);
  const length = Number(read(message, message.length));
  return length === 0 ? 0 : lua.give(message.subarray(0, length));
}
