/** The module `ssl.core`: the class SSL:Connection, and the functions that make and know its objects. */
import { asksForName } from '../../../posix/openssl/answers.ts';
import { CTRL, openssl } from '../../../posix/openssl/functions.ts';
import { isThere } from '../../../posix/openssl/memory.ts';
import { moreOpenssl } from '../../../posix/openssl/more-functions.ts';
import { LUA_REGISTRYINDEX } from '../../api.ts';
import type { Bindings, Functions } from '../../bindings.ts';
import { forbidden } from '../../permissions.ts';
import type { HostFunction, State } from '../../state.ts';
import { singletonModule } from '../base/singleton.ts';
import { INT_MAX, whole } from '../base/whole.ts';
import { streamMethods } from '../socket/stream-methods.ts';
import { CONNECTION, SslConnection } from './connection.ts';
import { errorsOf } from './errors.ts';
import { factMethods } from './facts.ts';
import { raising } from './lua-answers.ts';
import { LUASEC } from './release.ts';
import { contextAt, SslContext } from './ssl-context.ts';
import { structuresOf } from './structures.ts';
import { defineCertificates } from './x509.ts';

/** SSL_want(3) */
const WANTS: Readonly<Record<number, string>> = { 1: 'nothing', 2: 'write', 3: 'read', 4: 'x509lookup' };

export const open: (machine: Bindings) => HostFunction = singletonModule((machine, lua) => {
  structuresOf(machine).useCollector(lua);
  defineCertificates(machine, lua);
  machine.defineClass(lua, {
    name: CONNECTION,
    groups: [],
    methods: methods(machine),
    shown: (object) => ['SSL connection', (object as SslConnection).closed ? ' (closed)' : ''],
  });
  lua.newTable();
  const { tcp, unix } = machine.reach.network;
  machine.setFunctions(lua, {
    ...functions(machine),
    ...(tcp || unix ? {} : { create: forbidden('ssl.core.create', 'network') }),
  });
  lua.push(-1n);
  lua.setField(-2, 'SOCKET_INVALID');
});

export function connectionAt(machine: Bindings, lua: State): SslConnection {
  return machine.object<SslConnection>(lua, 1, CONNECTION);
}

function functions(machine: Bindings): Functions {
  const at = (lua: State): SslConnection => connectionAt(machine, lua);
  return {
    create(lua) {
      const context = machine.toObject(lua, 1);
      if (!(context instanceof SslContext) || !context.owned.there) return lua.argumentError(1, 'invalid context');
      if (context.mode === undefined) return lua.refuse('invalid mode');
      machine.pushObject(lua, new SslConnection(machine, lua, context));
      return 1;
    },

    /** Gives a connection its descriptor, before the handshake. */
    setfd(lua) {
      const connection = at(lua);
      if (!connection.isNew || !connection.transfer.usable) lua.argumentError(1, 'invalid SSL object state');
      const fd = whole(lua.integer(2), INT_MAX);
      return connection.take(fd) ? 0 : lua.argumentError(2, 'no descriptor of this machine for such an object');
    },

    /** Adds a method to all connections. */
    setmethod(lua) {
      lua.top = 2;
      lua.getField(LUA_REGISTRYINDEX, CONNECTION);
      lua.getField(-1, '__index');
      lua.pushCopy(1);
      lua.pushCopy(2);
      lua.setRaw(-3);
      return 0;
    },

    compression: (lua) => (at(lua).connected ? lua.give(null) : lua.refuse('closed')),

    info(lua) {
      const { transfer } = at(lua);
      if (!transfer.usable) return 0;
      const c = openssl();
      const cipher = c.SSL_get_current_cipher(transfer.pointer);
      if (!isThere(cipher)) return 0;
      const more = moreOpenssl();
      const algorithm = new Int32Array(1);
      const bits = more.SSL_CIPHER_get_bits(cipher, algorithm);
      const description = more.SSL_CIPHER_description(cipher, Buffer.alloc(256), 256);
      return lua.give(description, bits, algorithm[0], c.SSL_get_version(transfer.pointer));
    },

    copyright: (lua) => lua.give(`LuaSec ${LUASEC}, by moonsocket`),
  };
}

function methods(machine: Bindings): Functions {
  const at = (lua: State): SslConnection => connectionAt(machine, lua);
  const { send, receive, settimeout, getstats, setstats, getfd, dirty } = streamMethods(machine, {
    any: CONNECTION,
    client: CONNECTION,
  }) as Record<string, HostFunction>;
  return {
    ...({ send, receive, settimeout, getstats, setstats, getfd, dirty } as Functions),
    ...factMethods(machine),

    dohandshake(lua) {
      const connection = at(lua);
      const wrong = raising(lua, () => connection.handshake(lua));
      return wrong === undefined ? lua.give(true) : lua.give(false, wrong);
    },

    close(lua) {
      at(lua).close();
      return 0;
    },

    want(lua) {
      const { transfer } = at(lua);
      const want = transfer.usable ? moreOpenssl().SSL_want(transfer.pointer) : 1;
      return WANTS[want] === undefined ? 1 : lua.give(WANTS[want]);
    },

    /** A client's name of the server; or a server's contexts by name, beside its own unless it is strict. */
    sni(lua) {
      const connection = at(lua);
      const { transfer, context } = connection;
      if (context.mode === 'client') {
        const name = lua.text(2);
        if (!transfer.usable) return lua.refuse('closed');
        openssl().SSL_ctrlText(transfer.pointer, CTRL.SET_TLSEXT_HOSTNAME, 0, name);
        openssl().ERR_clear_error();
        return 0;
      }
      lua.table(2);
      const strict = lua.truthy(3);
      lua.top = 2;
      const contexts = [context];
      for (lua.push(null); lua.vm.api.lua_next(lua.L, 2) !== 0; lua.pop()) {
        lua.text(-2);
        contexts.push(contextAt(machine, lua, -1));
      }
      if (!transfer.usable) return lua.refuse('closed');
      connection.setNames(lua.keep(), strict);
      for (const one of contexts) asksForName(openssl(), one.pointer);
      return 0;
    },

    /** Verifies by the peer's TLSA records, which `settlsa` adds (RFC 6698). */
    setdane(lua) {
      const { transfer } = at(lua);
      const name = lua.text(2);
      if (!transfer.usable) return lua.give(false);
      const isSet = moreOpenssl().SSL_dane_enable(transfer.pointer, name) > 0;
      errorsOf(machine).add(openssl());
      return lua.give(isSet);
    },
    settlsa(lua) {
      const { transfer } = at(lua);
      const [usage, selector, matching] = [2, 3, 4].map((i) => lua.integer(i) & 0xff) as [number, number, number];
      const data = lua.data(5);
      if (!transfer.usable) return lua.give(false);
      errorsOf(machine).clear(openssl());
      const { SSL_dane_tlsa_add } = moreOpenssl();
      const isSet = SSL_dane_tlsa_add(transfer.pointer, usage, selector, matching, data, data.length) > 0;
      errorsOf(machine).add(openssl());
      return lua.give(isSet);
    },
  };
}
