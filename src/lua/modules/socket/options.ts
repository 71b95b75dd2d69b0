/** `setoption` and `getoption`: options by LuaSocket's names, with its checks and its two answers. */

import type { Membership, OptionName, OptionValue, ReadableOption } from '../../../core/options.ts';
import * as libc from '../../../posix/libc/functions.ts';
import { C } from '../../../posix/libc/functions.ts';
import { getoption as optionOf, pendingError, trySetoption } from '../../../posix/socket-options.ts';
import { LUA_TBOOLEAN, LUA_TNIL, LUA_TNUMBER } from '../../api.ts';
import type { State } from '../../state.ts';
import { INT_MAX, whole } from '../base/whole.ts';
import { pendingReason } from './reasons.ts';

/** How a value stands in Lua. */
export type LuaValueForm = 'boolean' | 'integer' | 'linger' | 'text' | 'error' | 'address' | 'group' | 'group6';

/** The options of an object: the form of each, and whether it may be set, read, or both. */
export type OptionTable = Readonly<Record<string, readonly [LuaValueForm, 'set' | 'get' | 'both']>>;

export const TCP_OPTIONS: OptionTable = {
  keepalive: ['boolean', 'both'],
  'tcp-nodelay': ['boolean', 'both'],
  reuseaddr: ['boolean', 'both'],
  reuseport: ['boolean', 'both'],
  'tcp-keepidle': ['integer', 'both'],
  'tcp-keepcnt': ['integer', 'both'],
  'tcp-keepintvl': ['integer', 'both'],
  linger: ['linger', 'both'],
  error: ['error', 'get'],
  'recv-buffer-size': ['integer', 'both'],
  'send-buffer-size': ['integer', 'both'],
  'tcp-defer-accept': ['integer', 'set'],
  'tcp-fastopen': ['integer', 'set'],
  'tcp-fastopen-connect': ['integer', 'set'],
  'ipv6-v6only': ['boolean', 'set'],
  bindtodevice: ['text', 'both'],
};

export const UDP_OPTIONS: OptionTable = {
  dontroute: ['boolean', 'both'],
  broadcast: ['boolean', 'both'],
  reuseaddr: ['boolean', 'both'],
  reuseport: ['boolean', 'both'],
  error: ['error', 'get'],
  'recv-buffer-size': ['integer', 'both'],
  'send-buffer-size': ['integer', 'both'],
  'ip-multicast-loop': ['boolean', 'both'],
  'ip-multicast-ttl': ['integer', 'set'],
  'ip-multicast-if': ['address', 'both'],
  'ip-add-membership': ['group', 'set'],
  'ip-drop-membership': ['group', 'set'],
  'ipv6-v6only': ['boolean', 'both'],
  'ipv6-unicast-hops': ['integer', 'both'],
  'ipv6-multicast-hops': ['integer', 'both'],
  'ipv6-multicast-loop': ['boolean', 'both'],
  'ipv6-add-membership': ['group6', 'set'],
  'ipv6-drop-membership': ['group6', 'set'],
};

export const UNIX_STREAM_OPTIONS: OptionTable = {
  keepalive: ['boolean', 'set'],
  reuseaddr: ['boolean', 'set'],
  linger: ['linger', 'set'],
};

export const UNIX_DATAGRAM_OPTIONS: OptionTable = { reuseaddr: ['boolean', 'set'] };

/** `setoption(name, value)` of an object that is argument 1. */
export function setoption(lua: State, fd: number, options: OptionTable): number {
  const [name, form] = option(lua, options, 'get');
  const value = argument(lua, form);
  const refused = trySetoption(fd, name as OptionName, value as never);
  return refused === undefined ? lua.give(1) : lua.refuse('setsockopt failed');
}

/** `getoption(name)` of an object that is argument 1. */
export function getoption(lua: State, fd: number, options: OptionTable): number {
  const [name, form] = option(lua, options, 'set');
  if (form === 'error') {
    if (fd < 0) return lua.refuse('getsockopt failed');
    const pending = pendingError(fd);
    return lua.give(pending === undefined ? null : pendingReason(pending));
  }
  let value: OptionValue<ReadableOption>;
  try {
    value = optionOf(fd, name as ReadableOption);
  } catch {
    return lua.refuse('getsockopt failed');
  }
  if (typeof value !== 'object') return lua.give(value as number | boolean | string);
  const { on, timeout } = value as { readonly on: boolean; readonly timeout: number };
  lua.newTable(0, 2);
  lua.push(on);
  lua.setField(-2, 'on');
  lua.push(BigInt(timeout));
  lua.setField(-2, 'timeout');
  return 1;
}

/** The option that argument 2 names; one that has only `missing` raises. */
function option(lua: State, options: OptionTable, missing: 'set' | 'get'): [string, LuaValueForm] {
  const name = lua.text(2);
  const known = Object.hasOwn(options, name) ? options[name] : undefined;
  if (known === undefined || known[1] === missing)
    return lua.argumentError(2, `unsupported option \`${name.slice(0, 35)}'`);
  return [name, known[0]];
}

function argument(lua: State, form: LuaValueForm): unknown {
  switch (form) {
    case 'boolean':
      return lua.boolean(3);
    case 'linger':
      return lingerAt(lua);
    case 'text':
      return lua.text(3);
    case 'address':
      return lua.text(3) === '*' ? '*' : (ipOf(lua.text(3)) ?? lua.argumentError(3, 'ip expected'));
    case 'group':
      return groupAt(lua);
    case 'group6':
      return group6At(lua);
    default:
      return Math.trunc(lua.toNumber(3)) | 0;
  }
}

function lingerAt(lua: State): { on: boolean; timeout: number } {
  lua.table(3);
  if (lua.getField(3, 'on') !== LUA_TBOOLEAN) lua.argumentError(3, "boolean 'on' field expected");
  if (lua.getField(3, 'timeout') !== LUA_TNUMBER) lua.argumentError(3, "number 'timeout' field expected");
  return { on: lua.truthy(-2), timeout: whole(lua.toNumber(-1), INT_MAX) };
}

/** An IPv4 address in any of C's forms. */
function ipOf(text: string): string | undefined {
  const address = Buffer.alloc(4);
  return libc.inet_aton(text, address) === 0 ? undefined : address.join('.');
}

function groupAt(lua: State): Membership {
  lua.table(3);
  return { multiaddr: ipField(lua, 'multiaddr'), interface: ipField(lua, 'interface') };
}

/** A field of the table that is argument 3; `*` is any address. */
function ipField(lua: State, name: 'multiaddr' | 'interface'): string {
  lua.getField(3, name);
  const text = lua.toText(-1) ?? lua.argumentError(3, `string '${name}' field expected`);
  if (text === '*' && name === 'interface') return text;
  return ipOf(text) ?? lua.argumentError(3, `invalid '${name}' ip address`);
}

function group6At(lua: State): Membership {
  lua.table(3);
  lua.getField(3, 'multiaddr');
  const multiaddr = lua.toText(-1) ?? lua.argumentError(3, "string 'multiaddr' field expected");
  if (libc.inet_pton(C.AF_INET6, multiaddr, Buffer.alloc(16)) !== 1)
    lua.argumentError(3, "invalid 'multiaddr' ip address");
  if (lua.getField(3, 'interface') === LUA_TNIL) return { multiaddr };
  // LuaSocket counts from the top here.
  if (!lua.isNumeric(-1)) lua.argumentError(-1, "number 'interface' field expected");
  return { multiaddr, interface: whole(lua.toNumber(-1), INT_MAX) };
}
