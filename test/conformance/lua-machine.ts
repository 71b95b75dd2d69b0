/**
 * The Lua machine of a process, and how calls cross into it: objects as numbers, bytes as they are, and LuaSocket's failures
 * as the library's errors.
 */
import { ClosedError, type ErrorDetails, SocketError, TimeoutError } from '../../src/core/errors.ts';
import { createLua, type FromLua, LuaError, type ToLua } from '../../src/entry/lua.ts';

/** Objects stay in Lua, where they are kept by number. Only first results and the results of `select` are objects. */
const PROGRAM = `
  local socket = require "socket"
  socket.unix = require "socket.unix"
  local objects, numbers = {}, {}

  local function number(object)
    if not numbers[object] then
      objects[#objects + 1] = object
      numbers[object] = #objects
    end
    return numbers[object]
  end

  local function numbered(first, ...)
    if type(first) == "userdata" then return number(first), ... end
    return first, ...
  end

  -- A function of the module, whose name may have dots.
  function call(name, ...)
    local found = socket
    for part in name:gmatch("[^.]+") do found = found[part] end
    return numbered(found(...))
  end

  function invoke(object, method, ...)
    object = objects[object]
    return numbered(object[method](object, ...))
  end

  local function each(list, change)
    local changed = list and {}
    for i, item in ipairs(list or {}) do changed[i] = change(item) end
    return changed
  end

  function wait(readers, writers, timeout)
    local function object(number) return objects[number] end
    local readable, writable = socket.select(each(readers, object), each(writers, object), timeout)
    return each(readable, number), each(writable, number)
  end
`;

/** A case sends 64 MiB at once, and its other arguments count, too. */
const TRANSFER = 128 * 2 ** 20;

const lua = createLua({ permissions: { network: { tcp: true, udp: true, unix: true } }, transfer: TRANSFER });
lua.run(PROGRAM);

/** Calls a function of the module; the results, whatever they tell. */
export function callLua(name: string, ...args: readonly ToLua[]): FromLua[] {
  return run('return call(...)', name, ...args);
}

/** Calls a method of an object. */
export function invokeLua(object: number, method: string, ...args: readonly ToLua[]): FromLua[] {
  return run('return invoke(...)', object, method, ...args);
}

type Numbers = readonly number[] | null | undefined;

/** Waits for objects, by their numbers. */
export function selectLua(readers: Numbers, writers: Numbers, timeout: number | null | undefined): FromLua[][] {
  return run('return wait(...)', readers, writers, timeout).map(listOf);
}

/** An empty table of Lua's is no array. */
export function listOf(table: FromLua | undefined): FromLua[] {
  return Array.isArray(table) ? table : [];
}

/** A string of Lua's, as the bytes that it has there. */
export function bytesOf(text: FromLua | undefined): Buffer {
  return Buffer.isBuffer(text) ? text : Buffer.from(text as string);
}

function run(code: string, ...args: readonly ToLua[]): FromLua[] {
  try {
    return lua.run(code, ...args);
  } catch (error) {
    // What LuaSocket raises for an argument, or an object of another class, the suite knows by a code.
    if (error instanceof LuaError && /bad (?:argument|self)/.test(error.message))
      throw new SocketError('ERR_INVALID_ARGUMENT', error.message);
    throw error;
  }
}

/** The codes of LuaSocket's words, as far as a word has one. */
const CODES: Readonly<Record<string, string>> = {
  'Address family for hostname not supported': 'EAI_ADDRFAMILY',
  'address already in use': 'EADDRINUSE',
  'Bad file descriptor': 'EBADF',
  'Cannot assign requested address': 'EADDRNOTAVAIL',
  closed: 'ERR_CLOSED',
  'connection refused': 'ECONNREFUSED',
  'host not found': 'ENOTFOUND',
  'Host name lookup failure': 'EAI_AGAIN',
  'host or service not provided, or not known': 'ENOTFOUND',
  'Invalid argument': 'EINVAL',
  'Message too long': 'EMSGSIZE',
  'Network is unreachable': 'ENETUNREACH',
  'No such file or directory': 'ENOENT',
  'permission denied': 'EACCES',
  'temporary failure in name resolution': 'EAI_AGAIN',
  timeout: 'ETIMEDOUT',
  'Transport endpoint is not connected': 'ENOTCONN',
};

export function codeOf(word: FromLua): string {
  return CODES[String(word)] ?? 'ERR_WITHOUT_CODE';
}

/** The library's error for what LuaSocket says is wrong; its reason is LuaSocket's word. */
export function failure(call: string, word: string, details: ErrorDetails = {}, code: string = codeOf(word)): Error {
  const type = word === 'timeout' ? TimeoutError : word === 'closed' ? ClosedError : SocketError;
  return Object.assign(new type(code, `${call}: ${word} (${code})`, details), { reason: word });
}

/** Results that begin with what was asked for; `nil` and a word are a failure. */
export function succeeded(call: string, results: FromLua[]): FromLua[] {
  if (results[0] === null && typeof results[1] === 'string') throw failure(call, results[1]);
  return results;
}
