/** The module `ssl.config`: what there is, as tables of names. */
import type { Bindings } from '../../bindings.ts';
import type { HostFunction, State } from '../../state.ts';
import { curves } from './curves.ts';
import { OPTIONS } from './options.ts';

export function open(_machine: Bindings): HostFunction {
  return (lua) => {
    lua.newTable(0, 5);
    setNames(lua, 'options', OPTIONS.keys());
    setNames(lua, 'protocols', ['tlsv1', 'tlsv1_1', 'tlsv1_2', 'tlsv1_3']);
    setNames(lua, 'algorithms', ['ec']);
    setNames(lua, 'curves', curves().keys());
    pushNames(lua, ['alpn', 'curves_list', 'ecdh_auto', 'psk']);
    setNames(lua, 'dane', ['no_ee_namechecks']);
    lua.setField(-2, 'capabilities');
    return 1;
  };
}

function pushNames(lua: State, names: Iterable<string>): void {
  lua.newTable();
  for (const name of names) {
    lua.push(name);
    lua.push(true);
    lua.setRaw(-3);
  }
}

function setNames(lua: State, field: string, names: Iterable<string>): void {
  pushNames(lua, names);
  lua.setField(-2, field);
}
