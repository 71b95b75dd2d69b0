/** `setoption` and `getoption`: options by LuaSocket's names, with its checks and its two answers. */
import { getoption as optionOf, pendingError, trySetoption } from '../../blocking/options.ts';
import type { OptionName, OptionValue, ReadableOption } from '../../core/options.ts';
import { LUA_TBOOLEAN, LUA_TNUMBER } from '../api.ts';
import type { State } from '../state.ts';
import { reasonOf } from './reasons.ts';

/** How a value stands in Lua. */
export type Form = 'boolean' | 'integer' | 'linger' | 'text' | 'error';

/** What an object has: the form of each option, and whether it may be set, read, or both. */
export type Options = Readonly<Record<string, readonly [Form, 'set' | 'get' | 'both']>>;

export const TCP_OPTIONS: Options = {
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

/** `setoption(name, value)` of an object that is argument 1. */
export function setoption(lua: State, fd: number, options: Options): number {
  const [name, form] = option(lua, options, 'get');
  const value = argument(lua, form);
  const refused = trySetoption(fd, name as OptionName, value as never);
  return refused === undefined ? lua.give(1) : lua.refuse('setsockopt failed');
}

/** `getoption(name)` of an object that is argument 1. */
export function getoption(lua: State, fd: number, options: Options): number {
  const [name, form] = option(lua, options, 'set');
  if (form === 'error') {
    const pending = fd < 0 ? undefined : pendingError(fd);
    return lua.give(pending === undefined ? null : reasonOf(pending));
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
function option(lua: State, options: Options, missing: 'set' | 'get'): [string, Form] {
  const name = lua.text(2);
  const known = Object.hasOwn(options, name) ? options[name] : undefined;
  if (known === undefined || known[1] === missing)
    return lua.argumentError(2, `unsupported option \`${name.slice(0, 35)}'`);
  return [name, known[0]];
}

function argument(lua: State, form: Form): unknown {
  switch (form) {
    case 'boolean':
      return lua.boolean(3);
    case 'linger':
      return lingerAt(lua);
    case 'text':
      return lua.text(3);
    default:
      return Math.trunc(lua.toNumber(3)) | 0;
  }
}

function lingerAt(lua: State): { on: boolean; timeout: number } {
  lua.table(3);
  if (lua.getField(3, 'on') !== LUA_TBOOLEAN) lua.argumentError(3, "boolean 'on' field expected");
  if (lua.getField(3, 'timeout') !== LUA_TNUMBER) lua.argumentError(3, "number 'timeout' field expected");
  return { on: lua.truthy(-2), timeout: Math.trunc(lua.toNumber(-1)) };
}
