/**
 * Where the body of a reply ends, and whether the connection lasts longer: RFC 9112, sections 6.3 and 9.3.
 *
 * Two programs that read one message in two ways are how requests are smuggled, so what the RFC lets a client guess is
 * refused here.
 */
import { ProtocolError } from '../../../core/errors.ts';
import type { HeaderMap } from '../../../headers/map.ts';
import type { HttpVersion } from './status-line.ts';

/** No body; one of a known length; one in chunks; one that ends with the connection. */
export type Framing = 'none' | { readonly length: number } | 'chunked' | 'close';

/** What says how the body of a reply is framed. */
export interface Framed {
  readonly version: HttpVersion;
  readonly code: number;
  readonly headers: HeaderMap;
}

/**
 * The framing of the reply to a request of this method, by the rules of section 6.3 in their order.
 *
 * @throws ProtocolError `ERR_HTTP_FRAMING` where there is more than one way to read it, or none
 */
export function framingOf(method: string, { version, code, headers }: Framed): Framing {
  // 1 and 2: whatever the fields say. Servers do send a length with 304, and chunks with 204 (curl's test 334).
  if (method === 'HEAD' || code < 200 || code === 204 || code === 304) return 'none';
  if (method === 'CONNECT' && code < 300) return 'none';
  if (!headers.has('transfer-encoding')) {
    return headers.has('content-length') ? { length: contentLength(headers.getAll('content-length')) } : 'close';
  }
  // 3: "the Transfer-Encoding overrides the Content-Length", but it "ought to be handled as an error".
  if (headers.has('content-length')) throw malformed('Transfer-Encoding and Content-Length are both there');
  // Section 6.1: "treat the message as if the framing is faulty".
  if (version === '1.0') throw malformed('Transfer-Encoding in a reply of HTTP/1.0');
  // 4: other codings come before chunked and only to those who ask for them by TE; this client does not.
  const codings = headers.getAll('transfer-encoding');
  if (codings.length > 1 || !/^[\t ]*chunked[\t ]*$/i.test(codings[0] ?? '')) {
    throw malformed(`Transfer-Encoding: ${shown(codings.join(', '))}, where only chunked is understood`);
  }
  return 'chunked';
}

/**
 * 5: `Content-Length = 1*DIGIT`. Proxies join fields that were repeated, so a list of equal numbers is one of them.
 * 16 digits hold the largest number that JavaScript counts by.
 */
function contentLength(values: readonly string[]): number {
  const only = values[0] as string;
  if (values.length === 1 && /^\d{1,15}$/.test(only)) return Number(only);
  const [first = '', ...others] = values.flatMap((value) => value.split(',')).map(withoutBlanks);
  const length = Number(first);
  if (!/^\d{1,16}$/.test(first) || !Number.isSafeInteger(length) || others.some((other) => other !== first)) {
    throw malformed(`Content-Length: ${shown(values.join(', '))}`);
  }
  return length;
}

/** Not `trim`, which takes a vertical tab and more for a blank. */
function withoutBlanks(text: string): string {
  return text.replace(/^[\t ]+/, '').replace(/(?<![\t ])[\t ]+$/, '');
}

/**
 * Whether the sender keeps the connection after this message: HTTP/1.1 does unless it says `close`, HTTP/1.0 only if it
 * says `keep-alive`. (RFC 9112, section 9.3.)
 */
export function keepsAlive(version: HttpVersion, headers: HeaderMap): boolean {
  const listed = headers.get('connection');
  if (listed === undefined) return version === '1.1';
  const options = listed.split(',').map((option) => option.trim().toLowerCase());
  return !options.includes('close') && (version === '1.1' || options.includes('keep-alive'));
}

function malformed(what: string): ProtocolError {
  return new ProtocolError('ERR_HTTP_FRAMING', `it is not clear where the body ends: ${what}`);
}

function shown(value: string): string {
  return JSON.stringify(value.slice(0, 40));
}
