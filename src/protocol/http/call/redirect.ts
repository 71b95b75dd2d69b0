/** Which request a reply asks for next (RFC 9110, section 15.4), and what of the last one may go with it. */
import { badArgument, ProtocolError } from '../../../core/errors.ts';
import type { HeaderMap } from '../../../headers/map.ts';
import { parse, type UrlParts } from '../../../url/parts.ts';
import { absolute } from '../../../url/resolve.ts';
import type { ReplyHead } from '../wire/head.ts';

/** 300 and 304 name nothing to go to; 305 and 306 are obsolete. */
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Those after which any method but HEAD becomes GET: by the letter of 303, and by what all clients do with POST. */
const BECOMES_GET: ReadonlySet<number> = new Set([301, 302, 303]);
/** What is for one origin alone. */
const FOR_ONE_ORIGIN = ['authorization', 'proxy-authorization', 'cookie', 'host'];
/** What describes a body, and goes with it. */
const OF_THE_BODY = ['content-encoding', 'content-language', 'content-location', 'content-type', 'expect'];

/** Whether a reply may send its reader elsewhere. */
export function isRedirect(code: number): boolean {
  return REDIRECTS.has(code);
}

/** Where such a reply sends its reader: undefined for one that is an answer. Only to these schemes one goes from here. */
export function redirection(url: string, reply: ReplyHead, schemes: readonly string[]): UrlParts | undefined {
  const locations = new Set(reply.headers.getAll('location').map((location) => location.trim()));
  if (locations.size > 1) throw new ProtocolError('ERR_HTTP_REDIRECT', `${reply.code} names several locations`);
  const [location = ''] = locations;
  // Without one it is an answer like any other, with a body to read.
  if (location === '') return undefined;
  const next = parse(absolute(url, location));
  if (!schemes.includes((next.scheme ?? '').toLowerCase())) {
    throw new ProtocolError('ERR_HTTP_REDIRECT', `${reply.code} leads to ${next.scheme}:, which is not followed`);
  }
  return next;
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
