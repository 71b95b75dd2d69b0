/** The module `ssl.https`, and what it asks of OpenSSL that LuaSec has no function for: the host's trust, and names. */
import { isIP } from 'node:net';
import { CTRL, HOST_FLAGS, openssl } from '../../../posix/openssl/functions.ts';
import { storeOf } from '../../../posix/openssl/roots.ts';
import type { Bindings, Functions } from '../../bindings.ts';
import { load } from '../../scripts.ts';
import type { HostFunction } from '../../state.ts';
import { CONNECTION, type SslConnection } from './connection.ts';
import text from './https.lua.ts';
import { LUASEC } from './release.ts';
import { contextAt } from './ssl-context.ts';

export function open(machine: Bindings): HostFunction {
  return (lua) => {
    load(lua, text, '=ssl.https');
    lua.push(LUASEC);
    const { trust, expect } = functions(machine) as Record<'trust' | 'expect', HostFunction>;
    for (const f of [trust, expect]) machine.pushFunction(lua, f);
    lua.call(3, 1);
    return 1;
  };
}

function functions(machine: Bindings): Functions {
  return {
    /** Node's default list with its switches, as in the other faces. */
    trust(lua) {
      const { pointer } = contextAt(machine, lua, 1);
      const c = openssl();
      const { store } = storeOf(c, undefined);
      c.SSL_CTX_set1_cert_store(pointer, store);
      return 0;
    },

    /** `expect(connection, host, verifies)`: asks the server for the host's name, and verifies it. An address is no name to ask for. */
    expect(lua) {
      const { transfer } = machine.object<SslConnection>(lua, 1, CONNECTION);
      const host = lua.text(2).replace(/\.$/, '');
      const verifies = lua.truthy(3);
      const c = openssl();
      if (!transfer.usable) return 0;
      const param = c.SSL_get0_param(transfer.pointer);
      const address = host.replace(/^\[(.*)\]$/, '$1');
      if (isIP(address) !== 0) {
        if (verifies) c.X509_VERIFY_PARAM_set1_ip_asc(param, address);
      } else {
        c.SSL_ctrlText(transfer.pointer, CTRL.SET_TLSEXT_HOSTNAME, 0, host);
        c.X509_VERIFY_PARAM_set_hostflags(param, HOST_FLAGS);
        if (verifies) c.X509_VERIFY_PARAM_set1_host(param, host, 0);
      }
      c.ERR_clear_error();
      return 0;
    },
  };
}
