/** The first line of a reply: which version, and what came of the request. */
import { ProtocolError } from '../../../core/errors.ts';

/** The versions that this client speaks: the two that look like this on the wire. */
export type HttpVersion = '1.0' | '1.1';

export interface StatusLine {
  readonly version: HttpVersion;
  /** From 100 to 999; those above 599 are the servers' own. */
  readonly code: number;
  /** What people read, possibly nothing; latin1. */
  readonly reason: string;
}

/**
 * RFC 9112, section 4. The blank before an empty reason is missing from many servers (curl's test 1430 and its
 * neighbours have what else is found); everything else is not HTTP, or a version whose framing is another.
 *
 * ```text
 *   status-line   = HTTP-version SP status-code SP [ reason-phrase ]
 *   status-code   = 3DIGIT
 *   reason-phrase = 1*( HTAB / SP / VCHAR / obs-text )
 * ```
 */
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/;

/** @throws ProtocolError `ERR_HTTP_STATUS` for everything else, HTTP/0.9 and Shoutcast's `ICY 200 OK` among it */
export function parseStatusLine(line: string): StatusLine {
  const match = STATUS_LINE.exec(line);
  if (match === null) {
    checkPlain(Buffer.from(line, 'latin1'));
    throw new ProtocolError('ERR_HTTP_STATUS', `this is no reply of HTTP/1: ${JSON.stringify(line.slice(0, 40))}`);
  }
  const [, minor, code, reason = ''] = match;
  return { version: minor === '0' ? '1.0' : '1.1', code: Number(code), reason };
}

/**
 * Throws for the beginning of a TLS alert (RFC 8446, section 5.1: type 21, version 3): so answers a server that has TLS on
 * this port.
 *
 * @throws ProtocolError `ERR_HTTP_STATUS`
 */
export function checkPlain(reply: Uint8Array): void {
  if (reply[0] === 0x15 && reply[1] === 0x03)
    throw new ProtocolError('ERR_HTTP_STATUS', 'the server speaks TLS on this port: ask it by https://');
}
