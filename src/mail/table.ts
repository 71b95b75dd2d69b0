/** Messages in LuaSocket's shape: headers and a body, which may be parts of the same shape (LuaSocket's `smtp.message`). */
import { badArgument } from '../core/errors.ts';
import { type Flow, runMaybe, settle } from '../core/flow.ts';
import { shown } from '../core/shown.ts';
import { canonic } from '../headers/canonic.ts';
import { foldHeaders } from '../headers/format.ts';
import { HeaderMap, type HeadersLike } from '../headers/map.ts';
import type { Chunk, Data, Source } from '../ltn12/protocol.ts';
import { contentOf } from './content.ts';
import { dateValue } from './fields.ts';
import { type Field, type Part, planned, sourceOf } from './part.ts';
import { now } from './stamps.ts';

/** The parts of a multipart message, and the texts around them that old readers show. */
export interface TableParts {
  /** Text before the first part. */
  readonly preamble?: Data | undefined;
  /** The parts. */
  readonly parts: readonly MessageTable[];
  /** Text behind the last part. */
  readonly epilogue?: Data | undefined;
}

/** A message, or one of its parts. */
export interface MessageTable {
  /** Header fields, by names in any case. */
  readonly headers?: HeadersLike | undefined;
  /** Text, a source of it, or parts. It is sent as it is: what needs an encoding goes through a filter of `moonsocket/mime`. */
  readonly body: Data | Source | TableParts;
}

const DEEPEST = 100;

/**
 * A source of a message (LuaSocket's `smtp.message`). Names of fields get their usual capitals; `Date`, `X-Mailer` and a
 * `Content-Type` are added where they are missing, and `MIME-Version` is `1.0`, whatever is said.
 *
 * ```ts
 * import { message } from 'moonsocket/mail';
 * import { encode, wrap } from 'moonsocket/mime';
 * import { source } from 'moonsocket/ltn12';
 *
 * const letter = message({
 *   headers: { from: 'ann@example.com', subject: 'A picture', date: 'Fri, 27 Nov 2026 21:00:00 +0000' },
 *   body: {
 *     preamble: 'Old readers show this.',
 *     parts: [
 *       { body: 'See below.\r\n' },
 *       {
 *         headers: { 'content-type': 'image/png', 'content-transfer-encoding': 'base64' },
 *         body: source.chain(source.bytes(Buffer.from([1, 2, 3])), encode('base64'), wrap('base64')),
 *       },
 *     ],
 *   },
 * });
 * const text = Buffer.concat([...source.iterate(letter)]).toString();
 * text.startsWith('From: ann@example.com\r\nSubject: A picture\r\n'); // => true
 * text.includes('Content-Transfer-Encoding: base64\r\n\r\nAQID\r\n'); // => true
 * ```
 *
 * Unlike LuaSocket's, a text without a charset is UTF-8, as a string is here, long fields are folded, and a value with a
 * line end is refused.
 *
 * @throws SocketError `ERR_INVALID_ARGUMENT` for what is no message, or a field that could forge a line
 */
export function message(table: MessageTable): Source {
  const part = partOf(table, 0, (headers) => {
    if (!headers.has('date')) headers.append('date', dateValue(now()));
    if (!headers.has('x-mailer')) headers.append('x-mailer', 'moonsocket');
    headers.set('mime-version', '1.0');
  });
  foldHeaders(part.fields); // said now, and not by the first read
  let pieces: Source | undefined;
  function* next(): Flow<Chunk> {
    if (pieces === undefined) {
      const plan = yield* planned(part, {});
      pieces = sourceOf([Buffer.from(`${foldHeaders(plan.fields)}\r\n`), ...plan.body]);
    }
    return yield* settle(pieces());
  }
  const source: Source = () => runMaybe(next());
  source.close = (error) => pieces?.close?.(error);
  return source;
}

function partOf(table: MessageTable, depth: number, complete: (headers: HeaderMap) => void = () => {}): Part {
  if (typeof table !== 'object' || table === null)
    throw badArgument(`message: takes { headers, body }, not ${shown(table)}`);
  if (depth > DEEPEST) throw badArgument(`message: more than ${DEEPEST} parts in each other`);
  const headers = new HeaderMap(table.headers ?? {});
  complete(headers);
  const { body } = table;
  if (typeof body === 'object' && body !== null && 'parts' in body) {
    const type = headers.get('content-type') ?? 'multipart/mixed';
    headers.delete('content-type');
    const parts = body.parts.map((part) => partOf(part, depth + 1));
    const around = (name: 'preamble' | 'epilogue') =>
      body[name] === undefined ? {} : { [name]: contentOf(name, body[name]) };
    return { fields: fieldsOf(headers), type, parts, ...around('preamble'), ...around('epilogue') };
  }
  if (!headers.has('content-type')) headers.append('content-type', 'text/plain; charset=utf-8');
  const content = contentOf('body', typeof body === 'function' ? { source: body } : body);
  return { fields: fieldsOf(headers), content, transfer: 'raw' };
}

/** Checked, with the usual capitals. */
function fieldsOf(headers: HeaderMap): Field[] {
  const fields = [...headers].map(([name, value]) => [canonic(name), value] as const);
  foldHeaders(fields);
  return fields;
}
