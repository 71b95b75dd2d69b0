/** The module `ssl.https`, and what it asks of OpenSSL that LuaSec has no function for: the host's trust, and names. */
import { isIP } from 'node:net';
import { HOST_FLAGS, openssl } from '../../../posix/openssl/functions.ts';
import { moreOpenssl } from '../../../posix/openssl/more-functions.ts';
import { storeOf } from '../../../posix/openssl/roots.ts';
import type { Bindings, Functions } from '../../bindings.ts';
import type { ModuleFile } from '../../modules.ts';
import { luaModule } from '../base/lua-module.ts';
import text from './https.lua.ts';
import { LUASEC } from './release.ts';
import { pushOwnSsl } from './ssl.ts';
import { contextAt } from './ssl-context.ts';

export const open: ModuleFile['open'] = luaModule('ssl.https', text, functions);

function functions(machine: Bindings): Functions {
  return {
    release: (lua) => lua.give(LUASEC),
    ssl: pushOwnSsl(machine),

    /** Node's default list with its switches, as in the other faces. */
    trust(lua) {
      const { pointer } = contextAt(machine, lua, 1);
      const c = openssl();
      const { store } = storeOf(c, undefined);
      c.SSL_CTX_set1_cert_store(pointer, store);
      return 0;
    },

    /**
     * `expect(context, host, verifies)`: the context's connections verify the host's name or address. Gives the name to ask
     * the server for; an address is none.
     */
    expect(lua) {
      const { pointer } = contextAt(machine, lua, 1);
      const host = lua.text(2).replace(/\.$/, '');
      const verifies = lua.truthy(3);
      const c = openssl();
      const param = moreOpenssl().SSL_CTX_get0_param(pointer);
      const address = host.replace(/^\[(.*)\]$/, '$1');
      const isName = isIP(address) === 0;
      if (isName) c.X509_VERIFY_PARAM_set_hostflags(param, HOST_FLAGS);
      if (verifies && isName) c.X509_VERIFY_PARAM_set1_host(param, host, 0);
      else if (verifies) c.X509_VERIFY_PARAM_set1_ip_asc(param, address);
      c.ERR_clear_error();
      return isName ? lua.give(host) : 0;
    },
  };
}
