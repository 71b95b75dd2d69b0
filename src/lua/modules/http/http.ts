/** The module `socket.http`: LuaSocket's requests over our HTTP. */
import { REDIRECT_LIMIT } from '../../../core/limits.ts';
import { HeaderMap } from '../../../headers/map.ts';
import { parse, type UrlParts } from '../../../url/parts.ts';
import { LUA_TNIL } from '../../api.ts';
import type { Bindings, Functions } from '../../bindings.ts';
import { Raise } from '../../errors.ts';
import type { ModuleFile } from '../../modules.ts';
import type { HostFunction, State } from '../../state.ts';
import { giveTask } from '../../task.ts';
import { luaModule, luaPart, taskRunner } from '../base/lua-module.ts';
import { pushHeaders, takeHeaders } from '../pure/header-tables.ts';
import overText from '../socket/over.lua.ts';
import { refuse } from '../socket/reasons.ts';
import { isOriginalTcp } from '../socket/tcp.ts';
import { callbacksOf, HttpTask } from './callbacks.ts';
import lowText from './low.lua.ts';
import { lowLevel } from './low.ts';
import text from './request.lua.ts';
import { contextOver, type LuaReply, type LuaRequest, requested } from './request.ts';
import type { Schemes } from './schemes.ts';

/** Arguments of `begin`. */
const REQUEST = 1;
const TIMEOUT = 2;
const USERAGENT = 3;
const PROXY = 4;
const PORT = 5;
const SCHEMES = 6;
const PLAIN = 7;

const PARTS = ['scheme', 'host', 'port', 'path', 'params', 'query', 'user', 'password'] as const;

export const open: ModuleFile['open'] = luaModule('socket.http', text, (machine, lua) => ({
  run: taskRunner(machine, lua),
  begin: begin(machine),
  ...reading(machine),
  is_ours: (caller) => caller.give(isOriginalTcp(machine, caller, 1)),
  low: luaPart('socket.http', lowText),
  over: luaPart('socket', overText),
  ...lowLevel(machine),
}));

/** `begin(request, …)`: a task. Nothing is done yet. */
function begin(machine: Bindings): HostFunction {
  const context = contextOver(machine.reach.network);
  return (lua) => {
    const task = new HttpTask();
    const request = requestAt(lua);
    const callbacks = callbacksOf(machine, task, lua, lua.truthy(PLAIN));
    task.prepare({ flow: requested(context, request, callbacks), give: giveReply, fail: refuse });
    machine.pushObject(lua, task);
    return 1;
  };
}

/** `read(task)`, a task that reads a piece of the body, for a step; and `collect(task, chunk)`, where one sends to. */
function reading(machine: Bindings): Functions {
  return {
    read(lua) {
      const { body } = machine.object<HttpTask>(lua, 1, 'task');
      if (body === undefined) return lua.argumentError(1, 'it has no body yet');
      const give = (caller: State, piece: Buffer | undefined): number => caller.give(piece);
      return giveTask(machine, lua, () => ({ flow: body.read(), give, fail: refuse }));
    },
    collect(lua) {
      const task = machine.object<HttpTask>(lua, 1, 'task');
      if (!lua.isAbsent(2)) task.moved.push(lua.data(2));
      return lua.give(1n);
    },
  };
}

// ---- what a program asks for

function requestAt(lua: State): LuaRequest {
  const headers = new HeaderMap();
  const userAgent = lua.toText(USERAGENT);
  if (userAgent !== undefined) headers.set('User-Agent', userAgent);
  // Unlike ours, LuaSocket's clients get what was sent, and say nothing of codings.
  headers.set('Accept-Encoding', 'identity');
  addHeaders(lua, headers);
  const timeout = lua.optNumber(TIMEOUT, null);
  return {
    parts: partsAt(lua),
    schemes: schemesAt(lua),
    uri: textField(lua, 'uri'),
    headers,
    method: textField(lua, 'method') ?? 'GET',
    proxy: textField(lua, 'proxy') ?? lua.toText(PROXY),
    timeout: timeout === null || timeout < 0 ? null : timeout,
    redirects: redirectsAt(lua),
  };
}

function partsAt(lua: State): UrlParts {
  const url = textField(lua, 'url');
  const parts = url === undefined ? {} : parse(escaped(url));
  for (const name of PARTS) {
    const text = textField(lua, name);
    if (text !== undefined) parts[name] = escaped(text);
  }
  return parts;
}

/** The entries of `http.schemes`, and the port that older programs name as `http.PORT`. */
function schemesAt(lua: State): Schemes {
  const schemes = new Map<string, string | undefined>();
  lua.table(SCHEMES);
  lua.push(null);
  while (lua.vm.api.lua_next(lua.L, SCHEMES) !== 0) {
    lua.getField(-1, 'port');
    schemes.set(lua.shown(-3), lua.toText(-1));
    lua.pop(2);
  }
  const port = lua.toText(PORT);
  if (port !== undefined) schemes.set('http', port);
  return schemes;
}

/** Bytes that no URL has, as they would be written in one. */
function escaped(text: string): string {
  return text.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`);
}

function redirectsAt(lua: State): number {
  const [redirect, most] = ['redirect', 'maxredirects'].map((name) => {
    lua.getField(REQUEST, name);
    const value = lua.isAbsent(-1) ? undefined : lua.truthy(-1) && lua.toNumber(-1);
    lua.pop();
    return value;
  });
  if (redirect === false) return 0;
  const limit = most === false ? Number.POSITIVE_INFINITY : (most ?? REDIRECT_LIMIT);
  return limit - Number(textField(lua, 'nredirects') ?? 0);
}

function textField(lua: State, name: string): string | undefined {
  lua.getField(REQUEST, name);
  const text = lua.toText(-1);
  if (text === undefined && !lua.isAbsent(-1)) throw new Raise(`${name}: string expected, got ${lua.typeName(-1)}`);
  lua.pop();
  return text;
}

/** A source in chunks is what our framing makes of it by itself. */
function addHeaders(lua: State, headers: HeaderMap): void {
  if (lua.getField(REQUEST, 'headers') !== LUA_TNIL) {
    takeHeaders(lua, lua.top, headers);
    if (headers.get('transfer-encoding')?.toLowerCase() === 'chunked') {
      headers.delete('transfer-encoding');
      headers.delete('content-length');
    }
  }
  lua.pop();
}

// ---- its arguments

function giveReply(lua: State, { head, location }: LuaReply): number {
  const { code, status, headers } = head;
  lua.give(1n, BigInt(code));
  pushHeaders(lua, headers);
  if (location !== undefined && !headers.has('location')) {
    lua.push(location);
    lua.setField(-2, 'location');
  }
  lua.push(status);
  return 4;
}
