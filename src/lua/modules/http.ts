/** The module `socket.http`: LuaSocket's requests over our HTTP. */
import { SocketError } from '../../core/errors.ts';
import { HeaderMap } from '../../headers/map.ts';
import { parse, type UrlParts } from '../../url/parts.ts';
import { LUA_TNIL } from '../api.ts';
import { Raise } from '../errors.ts';
import type { Machine } from '../machine.ts';
import { load } from '../scripts.ts';
import type { HostFunction, State } from '../state.ts';
import { defineTasks, Task } from '../task.ts';
import { callbacksOf, HttpTask } from './http-callbacks.ts';
import { HTTP_LUA } from './http-lua.ts';
import { type LuaReply, type LuaRequest, requested } from './http-request.ts';
import { wordsOf } from './reasons.ts';
import { open as openSocket } from './socket.ts';

/** Arguments of `begin`. */
const REQUEST = 1;
const TIMEOUT = 2;
const USERAGENT = 3;
const PROXY = 4;
const PORT = 5;
const PLAIN = 6;

const PARTS = ['scheme', 'host', 'port', 'path', 'params', 'query', 'user', 'password'] as const;
const HTTP_PORT = '80';
/** LuaSocket's limit of redirects. */
const MAX_REDIRECTS = 5;

/** Where each machine keeps its table. */
const made = new WeakMap<Machine, number>();

/** Pushes the module's table, the same one each time. */
export function open(machine: Machine): HostFunction {
  return (lua) => {
    const known = made.get(machine);
    if (known !== undefined) {
      lua.pushKept(known);
      return 1;
    }
    lua.newTable();
    load(lua, HTTP_LUA, '=socket.http');
    lua.pushCopy(-2);
    openSocket(machine)(lua);
    for (const f of [begin(machine), defineTasks(machine, lua), ...reading(machine)]) machine.pushFunction(lua, f);
    lua.call(6, 0);
    lua.pushCopy(-1);
    made.set(machine, lua.keep());
    return 1;
  };
}

/** `begin(request, …)`: a task. Nothing is done yet. */
function begin(machine: Machine): HostFunction {
  return (lua) => {
    const task = new HttpTask();
    const request = requestAt(lua);
    const callbacks = callbacksOf(machine, task, lua, lua.truthy(PLAIN));
    task.prepare({ flow: requested(request, callbacks), give: giveReply, fail: refuse });
    machine.pushObject(lua, task);
    return 1;
  };
}

/** `read(task)`, a task that reads a piece of the body, for a step; and `collect(task, chunk)`, where one sends to. */
function reading(machine: Machine): HostFunction[] {
  return [
    (lua) => {
      const { body } = machine.object<HttpTask>(lua, 1, 'task');
      if (body === undefined) return lua.argumentError(1, 'it has no body yet');
      const task = new Task();
      task.prepare({ flow: body.read(), give: (caller, piece) => caller.give(piece), fail: refuse });
      machine.pushObject(lua, task);
      return 1;
    },
    (lua) => {
      const task = machine.object<HttpTask>(lua, 1, 'task');
      if (!lua.isAbsent(2)) task.moved.push(lua.data(2));
      return lua.give(1n);
    },
  ];
}

// ---- what a program asks for

function requestAt(lua: State): LuaRequest {
  const headers = new HeaderMap();
  const userAgent = lua.toText(USERAGENT);
  if (userAgent !== undefined) headers.set('User-Agent', userAgent);
  // Unlike ours, LuaSocket's clients get what was sent, and say nothing of codings.
  headers.set('Accept-Encoding', 'identity');
  addHeaders(lua, headers);
  const parts = partsAt(lua);
  const port = lua.toText(PORT);
  if ((parts.port ?? '') === '' && parts.scheme === 'http' && port !== undefined && port !== HTTP_PORT)
    parts.port = port;
  const timeout = lua.optNumber(TIMEOUT, null);
  return {
    parts,
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
  const limit = most === false ? Number.POSITIVE_INFINITY : (most ?? MAX_REDIRECTS);
  return limit - Number(textField(lua, 'nredirects') ?? 0);
}

function textField(lua: State, name: string): string | undefined {
  lua.getField(REQUEST, name);
  const text = lua.toText(-1);
  if (text === undefined && !lua.isAbsent(-1)) throw new Raise(`${name}: string expected, got ${lua.typeName(-1)}`);
  lua.pop();
  return text;
}

/** A name counts whatever its case; a source in chunks is what our framing makes of it by itself. */
function addHeaders(lua: State, headers: HeaderMap): void {
  if (lua.getField(REQUEST, 'headers') !== LUA_TNIL) {
    const table = lua.top;
    lua.table(table);
    lua.push(null);
    while (lua.vm.api.lua_next(lua.L, table) !== 0) {
      // Of a copy: to convert a number in place would confuse the iteration.
      lua.pushCopy(-2);
      const name = lua.shown(-1);
      const value = lua.toText(-2);
      if (value === undefined) throw new Raise(`header '${name}': string expected, got ${lua.typeName(-2)}`);
      headers.set(name, value);
      lua.pop(2);
    }
    if (headers.get('transfer-encoding')?.toLowerCase() === 'chunked') {
      headers.delete('transfer-encoding');
      headers.delete('content-length');
    }
  }
  lua.pop();
}

// ---- what it is told

function giveReply(lua: State, { head, location }: LuaReply): number {
  const { code, status, headers } = head;
  lua.give(1n, BigInt(code));
  lua.newTable(0, headers.size);
  for (const name of new Set([...headers].map(([written]) => written.toLowerCase()))) {
    lua.give(name, headers.getAll(name).join(', '));
    lua.setRaw(-3);
  }
  if (location !== undefined && !headers.has('location')) {
    lua.push(location);
    lua.setField(-2, 'location');
  }
  lua.push(status);
  return 4;
}

function refuse(lua: State, error: unknown): number {
  if (!(error instanceof SocketError)) throw error;
  return lua.give(null, wordsOf(error));
}
