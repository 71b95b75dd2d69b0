/** The module `ssl.context`: LuaSec's functions that make contexts, and the class SSL:Context. */
import { callbackFor } from '../../../posix/openssl/answers.ts';
import { openssl, SSL_VERIFY } from '../../../posix/openssl/functions.ts';
import { isThere } from '../../../posix/openssl/memory.ts';
import { MORE_CTRL, moreOpenssl, X509_V_FLAG } from '../../../posix/openssl/more-functions.ts';
import { LUA_TFUNCTION, LUA_TNIL, LUA_TSTRING } from '../../api.ts';
import type { Bindings, Functions } from '../../bindings.ts';
import { Raise } from '../../errors.ts';
import type { HostFunction, State } from '../../state.ts';
import { singletonModule } from '../base/singleton.ts';
import { choice } from '../socket/stream-methods.ts';
import { curves } from './curves.ts';
import { type ErrorStack, errorsOf } from './errors.ts';
import { askFunction, raising } from './lua-answers.ts';
import { OPTIONS } from './options.ts';
import { type Asked, CONTEXT, contextAt, SslContext } from './ssl-context.ts';
import { structuresOf } from './structures.ts';
import { Trust } from './trust.ts';

const VERSIONS: ReadonlyMap<string, number> = new Map([
  ['any', 0],
  ['sslv23', 0],
  ['tlsv1', 0x301],
  ['tlsv1_1', 0x302],
  ['tlsv1_2', 0x303],
  ['tlsv1_3', 0x304],
]);

const VERIFY: ReadonlyMap<string, number> = new Map([
  ['none', SSL_VERIFY.NONE],
  ['peer', SSL_VERIFY.PEER],
  ['client_once', 4],
  ['fail_if_no_peer_cert', SSL_VERIFY.FAIL_IF_NO_PEER_CERT],
]);

const DANE_OPTIONS = ['no_ee_namechecks'];
const NO_EE_NAMECHECKS = 1;

export const open: (machine: Bindings) => HostFunction = singletonModule((machine, lua) => {
  structuresOf(machine).useCollector(lua);
  machine.defineClass(lua, {
    name: CONTEXT,
    groups: [],
    methods: { setverifyext: setVerifyExt(machine) },
    shown: () => ['SSL context', ''],
  });
  lua.newTable();
  machine.setFunctions(lua, { ...making(machine), ...offering(machine), ...asking(machine), ...verifying(machine) });
});

/** What LuaSec's functions return after a failure that OpenSSL tells of. */
function refused(lua: State, errors: ErrorStack, what: string): number {
  return lua.give(false, `${what} (${errors.take()})`);
}

function making(machine: Bindings): Functions {
  const errors = errorsOf(machine);
  const trust = new Trust(machine, errors);
  const path = (lua: State, argument: number): Buffer | undefined =>
    lua.isAbsent(argument) ? undefined : lua.data(argument);
  return {
    create(lua) {
      const name = lua.text(1);
      const version = VERSIONS.get(name);
      if (version === undefined) return lua.refuse(`invalid protocol (${name})`);
      machine.pushObject(lua, new SslContext(machine, lua, version, version));
      return 1;
    },

    setmode(lua) {
      const context = contextAt(machine, lua, 1);
      const mode = lua.text(2);
      // The message alone, which is no failure to the caller: so it is in LuaSec.
      if (mode !== 'server' && mode !== 'client') return lua.give(`invalid mode (${mode})`);
      context.mode = mode;
      return lua.give(true);
    },

    locations(lua) {
      const context = contextAt(machine, lua, 1);
      if (trust.locations(lua, context, path(lua, 2), path(lua, 3))) return lua.give(true);
      return refused(lua, errors, 'error loading CA locations');
    },

    loadcert(lua) {
      const context = contextAt(machine, lua, 1);
      if (trust.certificate(context, lua.data(2))) return lua.give(true);
      return refused(lua, errors, 'error loading certificate');
    },

    loadkey(lua) {
      const context = contextAt(machine, lua, 1);
      const file = lua.data(2);
      const type = lua.type(3);
      if (type !== LUA_TSTRING && type !== LUA_TFUNCTION && type !== LUA_TNIL)
        throw new Raise('invalid callback value', 0);
      lua.top = 3;
      const password = (): Buffer | undefined => {
        if (type === LUA_TSTRING) return untilNul(lua.data(3));
        if (type !== LUA_TFUNCTION) return undefined;
        lua.pushCopy(3);
        return askFunction(lua, 0, 1, () => (lua.type(-1) === LUA_TSTRING ? untilNul(lua.data(-1)) : undefined));
      };
      if (raising(lua, () => trust.key(context, file, password))) return lua.give(true);
      return refused(lua, errors, 'error loading private key');
    },

    checkkey(lua) {
      const c = openssl();
      const fits = c.SSL_CTX_check_private_key(contextAt(machine, lua, 1).pointer) === 1;
      errors.add(c);
      return lua.give(fits);
    },
  };
}

/** As C reads a password. */
function untilNul(text: Buffer): Buffer {
  const end = text.indexOf(0);
  return end < 0 ? text : text.subarray(0, end);
}

/** What a context offers: ciphers, curves, protocols. */
function offering(machine: Bindings): Functions {
  const errors = errorsOf(machine);
  const done = (lua: State, isDone: boolean, what: string): number => {
    errors.add(openssl());
    return isDone ? lua.give(true) : refused(lua, errors, what);
  };
  return {
    setcipher(lua) {
      const { pointer } = contextAt(machine, lua, 1);
      return done(lua, openssl().SSL_CTX_set_cipher_list(pointer, lua.text(2)) === 1, 'error setting cipher list');
    },
    setciphersuites(lua) {
      const { pointer } = contextAt(machine, lua, 1);
      return done(lua, openssl().SSL_CTX_set_ciphersuites(pointer, lua.text(2)) === 1, 'error setting cipher list');
    },

    setcurve(lua) {
      const { pointer } = contextAt(machine, lua, 1);
      const name = lua.text(2);
      const number = curves().get(name);
      const c = moreOpenssl();
      const key = number === undefined ? null : c.EC_KEY_new_by_curve_name(number);
      if (!isThere(key)) {
        errors.add(openssl());
        return lua.give(false, `elliptic curve '${name}' not supported`);
      }
      c.EC_KEY_free(key);
      const list = Buffer.from(Int32Array.of(number as number).buffer);
      return done(lua, c.SSL_CTX_ctrlAt(pointer, MORE_CTRL.SET_GROUPS, 1, list) === 1, 'error setting elliptic curve');
    },
    setcurveslist(lua) {
      const { pointer } = contextAt(machine, lua, 1);
      const list = lua.text(2);
      const isSet = moreOpenssl().SSL_CTX_ctrlText(pointer, MORE_CTRL.SET_GROUPS_LIST, 0, list) === 1;
      errors.add(openssl());
      return isSet ? lua.give(true) : lua.give(false, `unknown elliptic curve in "${list}"`);
    },

    /** A client's protocols, as RFC 7301 lists them. */
    setalpn(lua) {
      const { pointer } = contextAt(machine, lua, 1);
      const list = lua.data(2);
      return done(lua, openssl().SSL_CTX_set_alpn_protos(pointer, list, list.length) === 0, 'error setting ALPN');
    },

    setoptions(lua) {
      const { pointer } = contextAt(machine, lua, 1);
      let bits = 0n;
      for (let i = 2; i <= lua.top; i++) {
        const name = lua.text(i);
        const bit = OPTIONS.get(name);
        if (bit === undefined) return lua.give(false, `invalid option (${name})`);
        bits |= bit;
      }
      if (bits !== 0n) openssl().SSL_CTX_set_options(pointer, bits);
      return lua.give(true);
    },
  };
}

/** The program's functions that connections ask. */
function asking(machine: Bindings): Functions {
  const set = (kind: Asked, use: (context: SslContext) => void, results: number): HostFunction => {
    return (lua) => {
      const context = contextAt(machine, lua, 1);
      lua.top = 2;
      context.setFunction(kind, lua);
      use(context);
      return results === 0 ? 0 : lua.give(true);
    };
  };
  const c = openssl();
  return {
    setalpncb: set('alpn', ({ pointer }) => c.SSL_CTX_set_alpn_select_cb(pointer, callbackFor('protocol'), null), 1),
    setdhparam: set(
      'dhparam',
      ({ pointer }) => moreOpenssl().SSL_CTX_set_tmp_dh_callback(pointer, callbackFor('parameters')),
      0,
    ),
    setclientpskcb: set('psk', ({ pointer }) => c.SSL_CTX_set_psk_client_callback(pointer, callbackFor('identity')), 1),
    setserverpskcb: set('psk', ({ pointer }) => c.SSL_CTX_set_psk_server_callback(pointer, callbackFor('key')), 1),
    setpskhint(lua) {
      const { pointer } = contextAt(machine, lua, 1);
      const hint = Buffer.concat([lua.data(2), Uint8Array.of(0)]);
      const isSet = moreOpenssl().SSL_CTX_use_psk_identity_hint(pointer, hint) === 1;
      errorsOf(machine).add(c);
      return lua.give(isSet);
    },
  };
}

function verifying(machine: Bindings): Functions {
  return {
    setverify(lua) {
      const { pointer } = contextAt(machine, lua, 1);
      let mode = 0;
      for (let i = 2; i <= lua.top; i++) {
        const name = lua.text(i);
        const flag = VERIFY.get(name);
        if (flag === undefined) return lua.give(false, `invalid verify option (${name})`);
        mode |= flag;
      }
      if (mode !== 0) moreOpenssl().SSL_CTX_set_verify(pointer, mode, null);
      return lua.give(true);
    },

    setdepth(lua) {
      const { pointer } = contextAt(machine, lua, 1);
      moreOpenssl().SSL_CTX_set_verify_depth(pointer, Math.trunc(lua.integer(2)) | 0);
      return lua.give(true);
    },

    setdane(lua) {
      const { pointer } = contextAt(machine, lua, 1);
      const c = moreOpenssl();
      let isSet = c.SSL_CTX_dane_enable(pointer) > 0;
      for (let i = 2; isSet && i <= lua.top; i++) {
        choice(lua, i, DANE_OPTIONS, '');
        // How the flags were before is what LuaSec takes for success.
        isSet = c.SSL_CTX_dane_set_flags(pointer, NO_EE_NAMECHECKS) > 0;
      }
      errorsOf(machine).add(openssl());
      return lua.give(isSet);
    },
  };
}

function setVerifyExt(machine: Bindings): HostFunction {
  return (lua) => {
    const context = contextAt(machine, lua, 1);
    const c = moreOpenssl();
    const names = new Set<string>();
    for (let i = 2; i <= lua.top; i++) {
      const name = lua.text(i);
      if (!['lsec_continue', 'lsec_ignore_purpose', 'crl_check', 'crl_check_chain'].includes(name))
        return lua.give(false, `invalid verify option (${name})`);
      names.add(name);
    }
    const { pointer } = context;
    context.continues = names.has('lsec_continue');
    context.ignoresPurpose = names.has('lsec_ignore_purpose');
    const asks = context.continues || context.ignoresPurpose;
    c.SSL_CTX_set_verify(pointer, c.SSL_CTX_get_verify_mode(pointer), asks ? callbackFor('goesOn') : null);
    c.SSL_CTX_set_cert_verify_callback(pointer, asks ? callbackFor('verification') : null, null);
    const flags =
      (names.has('crl_check') ? X509_V_FLAG.CRL_CHECK : 0) |
      (names.has('crl_check_chain') ? X509_V_FLAG.CRL_CHECK_ALL : 0);
    c.X509_STORE_set_flags(c.SSL_CTX_get_cert_store(pointer), flags);
    return lua.give(true);
  };
}
