/**
 * The low level of `socket.http` over our HTTP: its lines and heads, checked, and bodies in chunks, read.
 *
 * Each method that reads is a task over the program's object. Its stream asks the object for no byte more than it needs, so the
 * program may read on behind it. Only the moving of chunks between sources and sinks is written in Lua.
 */
import { badArgument, SocketError } from '../../../core/errors.ts';
import type { Flow } from '../../../core/flow.ts';
import { BODY_PIECE } from '../../../core/limits.ts';
import type { Stream } from '../../../core/stream.ts';
import { formatHeaders } from '../../../headers/format.ts';
import { HeaderMap } from '../../../headers/map.ts';
import { HeaderParser } from '../../../headers/parser.ts';
import { framingOf } from '../../../protocol/http/wire/framing.ts';
import { formatRequestLine, receiveHeaderBlock, receiveHeadLine } from '../../../protocol/http/wire/head.ts';
import { parseStatusLine } from '../../../protocol/http/wire/status-line.ts';
import type { Bindings, Functions } from '../../bindings.ts';
import type { HostFunction, State } from '../../state.ts';
import { giveTask, type TaskRun } from '../../task.ts';
import { pushHeaders, takeHeaders } from '../pure/header-tables.ts';
import { refuse } from '../socket/reasons.ts';
import { chunkFunctions } from './chunks.ts';
import { streamOver } from './transport.ts';

/** The functions of low.lua. Those that read give tasks, which hold the connection as first item. */
export function lowLevel(machine: Bindings): Functions {
  const reads = <T>(flow: (stream: Stream) => Flow<T>, give: TaskRun<T>['give']): HostFunction => {
    return (lua) =>
      giveTask(machine, lua, (task) => ({ flow: flow(streamOver(task, BODY_PIECE)), give, fail: refuse }));
  };
  return {
    request_line: checked(requestLine),
    header_block: checked(headerBlock),
    status_line: reads(statusLine, giveStatus),
    header_lines: reads(
      (stream) => receiveHeaderBlock(stream, new HeaderParser()),
      (lua, headers) => {
        pushHeaders(lua, headers);
        return 1;
      },
    ),
    body_source: checked(bodySource),
    ...chunkFunctions(machine),
  };
}

/** A refusal is `nil, message`. */
function checked(f: HostFunction): HostFunction {
  return (lua) => {
    try {
      return f(lua);
    } catch (error) {
      return refuse(lua, error);
    }
  };
}

/** `(method, uri)`: the line. */
function requestLine(lua: State): number {
  return lua.give(formatRequestLine(lua.truthy(1) ? lua.shown(1) : 'GET', lua.shown(2)));
}

/** `(headers)`: their lines, and the empty one. */
function headerBlock(lua: State): number {
  const headers = takeHeaders(lua, 1);
  // RFC 9112, section 6.2: two servers might find two ends of one request.
  if (headers.has('content-length') && headers.has('transfer-encoding'))
    throw badArgument('sendheaders: content-length and transfer-encoding exclude each other');
  return lua.give(`${formatHeaders(headers)}\r\n`);
}

/** A server of HTTP/0.9 sends no status line, but the body at once. */
const BEGIN = 'HTTP/';

function* statusLine(stream: Stream): Flow<string> {
  const begin = (yield* stream.receive(BEGIN.length, { encoding: 'latin1' })) as string;
  return begin === BEGIN ? yield* receiveHeadLine(stream, undefined, begin) : begin;
}

/** `true, code, line`, or `true, nil, what has come` of HTTP/0.9, or `nil, line` for one that is none. */
function giveStatus(lua: State, line: string): number {
  if (!line.startsWith(BEGIN)) return lua.give(true, null, line);
  try {
    return lua.give(true, BigInt(parseStatusLine(line).code), line);
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    return lua.give(null, line);
  }
}

/** `(headers, status line)`: which of socket's sources gives the body, and its length. */
function bodySource(lua: State): number {
  const headers = new HeaderMap();
  lua.table(1);
  for (const name of ['content-length', 'transfer-encoding']) {
    lua.getField(1, name);
    const value = lua.toText(-1);
    if (value !== undefined) headers.append(name, value);
  }
  const { version, code } = parseStatusLine(lua.optText(2, 'HTTP/1.1 200'));
  const framing = framingOf('GET', { version, code, headers });
  if (framing === 'chunked') return lua.give('http-chunked');
  if (framing === 'close') return lua.give('until-closed');
  return lua.give('by-length', framing === 'none' ? 0n : BigInt(framing.length));
}
