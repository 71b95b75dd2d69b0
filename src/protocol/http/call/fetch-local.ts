/** `fetch` of what needs no server: `data:` and `blob:` URLs (Fetch Standard, section 4.3, "scheme fetch"). */
import { badArgument } from '../../../core/errors.ts';
import { parseData } from './fetch-data.ts';

/** What answers a request in place of a server. */
export interface LocalReply {
  /** The request's, without its fragment. */
  readonly url: string;
  readonly status: number;
  readonly statusText: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array<ArrayBuffer> | Blob;
}

/**
 * The reply to a request for such a URL; undefined for all others. `blobAt` finds the blob that a URL was made for.
 *
 * @throws SocketError `ERR_INVALID_ARGUMENT` for a URL that is none, and for what cannot be asked of a blob
 */
export function localReply(
  request: Request,
  blobAt: ((url: string) => Blob | undefined) | undefined,
): LocalReply | undefined {
  if (!/^(?:data|blob):/.test(request.url)) return undefined;
  const hash = request.url.indexOf('#');
  const url = hash === -1 ? request.url : request.url.slice(0, hash);
  if (url.startsWith('blob:')) return blobReply(url, request, blobAt);
  const { type, bytes } = parseData(url);
  return { url, status: 200, statusText: 'OK', headers: { 'Content-Type': type }, body: new Uint8Array(bytes) };
}

function blobReply(
  url: string,
  { method, headers: asked }: Request,
  blobAt: ((url: string) => Blob | undefined) | undefined,
): LocalReply {
  if (method !== 'GET') throw badArgument(`fetch: a blob: URL is read by GET, not by ${method}`);
  // Node looks no further than the question mark.
  const whole = url.includes('?') ? undefined : blobAt?.(url);
  if (whole === undefined) throw badArgument('fetch: there is no blob at this blob: URL; it may have been revoked');
  const { type, size } = whole;
  const range = asked.get('range');
  if (range === null) {
    const headers = { 'Content-Length': String(size), 'Content-Type': type };
    return { url, status: 200, statusText: 'OK', headers, body: whole };
  }
  const [first, last] = bytesOf(range, size);
  const body = whole.slice(first, last + 1, type);
  const headers = {
    'Content-Length': String(last - first + 1),
    'Content-Type': type,
    'Content-Range': `bytes ${first}-${last}/${size}`,
  };
  return { url, status: 206, statusText: 'Partial Content', headers, body };
}

/** The first and the last byte that such a header asks for (Fetch Standard, "parse a single range header value"). */
function bytesOf(range: string, size: number): readonly [first: number, last: number] {
  const [, from = '', to = ''] = /^bytes[\t ]*=[\t ]*(\d*)[\t ]*-[\t ]*(\d*)$/.exec(range) ?? [];
  const first = from === '' ? Math.max(size - Number(to), 0) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if ((from === '' && to === '') || first > last)
    throw badArgument(`fetch: the Range is no range of a blob of ${size} bytes`);
  return [first, last];
}
