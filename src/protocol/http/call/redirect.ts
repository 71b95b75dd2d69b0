/** Redirects: the request that a reply asks for (RFC 9110, section 15.4), and the headers that may go with it. */
import { badArgument, Failure, ProtocolError, SocketError } from '../../../core/errors.ts';
import type { HeaderMap } from '../../../headers/map.ts';
import { parse } from '../../../url/parts.ts';
import { absolute } from '../../../url/resolve.ts';
import { type Target, targetOf } from '../../connect/target.ts';
import type { ReplyHead } from '../wire/head.ts';

/** 300 and 304 name nothing to go to; 305 and 306 are obsolete. */
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Those after which any method but HEAD becomes GET: by the letter of 303, and by what all clients do with POST. */
const BECOMES_GET: ReadonlySet<number> = new Set([301, 302, 303]);
/** Fields that are for one origin alone. */
const FOR_ONE_ORIGIN = ['authorization', 'proxy-authorization', 'cookie', 'host'];
/** Fields that describe a body, and go with it. */
const OF_THE_BODY = ['content-encoding', 'content-language', 'content-location', 'content-type', 'expect'];

/** Whether a reply may send its reader elsewhere. */
export function isRedirect(code: number): boolean {
  return REDIRECTS.has(code);
}

/**
 * Where such a reply to a request for `url` sends its reader: undefined for one that is an answer. `schemes` are those
 * that are followed from here.
 *
 * @throws ProtocolError `ERR_HTTP_REDIRECT`: the URL is the server's mistake, and not the caller's
 */
export function redirection(url: string, reply: ReplyHead, schemes: readonly string[]): Target | undefined {
  const locations = new Set(reply.headers.getAll('location').map((location) => location.trim()));
  if (locations.size > 1) throw new ProtocolError('ERR_HTTP_REDIRECT', `${reply.code} names several locations`);
  const [location = ''] = locations;
  // Without one it is an answer like any other, with a body to read.
  if (location === '') return undefined;
  const next = parse(absolute(url, decoded(location)));
  if (!schemes.includes((next.scheme ?? '').toLowerCase())) {
    throw new ProtocolError('ERR_HTTP_REDIRECT', `${reply.code} leads to ${next.scheme}:, which is not followed`);
  }
  try {
    return targetOf(next);
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    const why = error.message.replace(/^request: /, '');
    const message = `${reply.code} leads to what is no URL of a server: ${why}`;
    throw new ProtocolError('ERR_HTTP_REDIRECT', message, {}, new Failure('ERR_HTTP_REDIRECT', error));
  }
}

/**
 * A Location's bytes as characters. Many servers send UTF-8, which the URL escapes again to the same bytes; bytes that
 * are none are escaped one by one, so that in either case the server gets the bytes it has named.
 */
function decoded(location: string): string {
  const bytes = Buffer.from(location, 'latin1');
  const text = bytes.toString('utf8');
  if (Buffer.from(text, 'utf8').equals(bytes)) return text;
  return location.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The method of the next request. */
export function nextMethod(code: number, method: string): string {
  if (!BECOMES_GET.has(code) || method === 'HEAD' || method === 'GET') return method;
  return code === 303 || method === 'POST' ? 'GET' : method;
}

/** Takes from the headers what must not go to another origin, and what described a body that a change of method has dropped. */
export function stripHeaders(headers: HeaderMap, sameOrigin: boolean, keepsBody: boolean): void {
  for (const name of sameOrigin ? ['host'] : FOR_ONE_ORIGIN) headers.delete(name);
  if (!keepsBody) for (const name of OF_THE_BODY) headers.delete(name);
}

/** Throws for a body that has been read, and cannot be sent again. */
export function checkRepeatable(code: number, body: unknown): void {
  if (typeof body === 'function')
    throw badArgument(
      `request: ${code} asks for the body again, and a source gives it once; send bytes, or redirect: false`,
    );
}
