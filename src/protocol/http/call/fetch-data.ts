/** `data:` URLs: the bytes that they are, and their type (Fetch Standard, section 6; RFC 2397). */
import { badArgument } from '../../../core/errors.ts';
import { unescapeBytes } from '../../../url/escape.ts';

/** What a `data:` URL says. */
export interface Data {
  /** As a Content-Type has it. */
  readonly type: string;
  readonly bytes: Uint8Array;
}

const ESSENCE = /^([-!#$%&'*+.^`|~\w]+\/[-!#$%&'*+.^`|~\w]+) *(?=;|$)/;
/** The name, and the value: in quotes, or without them. */
const PARAMETER = /; *([^;=]*)(?:=(?:"([^"\\]*(?:\\.?[^"\\]*)*)"?[^;]*|([^;]*)))?/gy;
const TOKEN = /^[-!#$%&'*+.^`|~\w]+$/;

/**
 * The bytes and the type of a `data:` URL, as the URL parser writes it (all of it is printable ASCII), without a fragment.
 *
 * @throws SocketError `ERR_INVALID_ARGUMENT` without a comma, or for what is no Base64
 */
export function parseData(url: string): Data {
  const comma = url.indexOf(',');
  if (comma === -1) throw badArgument('fetch: a data: URL has a comma before its data');
  const named = url.slice('data:'.length, comma).trim();
  const plain = named.replace(/; *base64$/i, '');
  const bytes = unescapeBytes(url.slice(comma + 1));
  return { type: typeOf(plain), bytes: plain === named ? bytes : unbase64(bytes.toString('latin1')) };
}

/** The type as it is written (MIME Sniffing Standard, sections 4.4 and 4.5), or the one for a text that names none. */
function typeOf(named: string): string {
  const text = named.startsWith(';') ? `text/plain${named}` : named;
  const [whole, essence] = ESSENCE.exec(text) ?? [];
  if (whole === undefined || essence === undefined) return 'text/plain;charset=US-ASCII';
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, bare] of text.slice(whole.length).matchAll(PARAMETER)) {
    const key = name.toLowerCase();
    const value = quoted?.replace(/\\(.)/g, '$1') ?? bare?.trimEnd();
    if (value === undefined || (quoted === undefined && value === '')) continue;
    if (TOKEN.test(key) && !parameters.has(key)) parameters.set(key, value);
  }
  const written = [...parameters].map(
    ([key, value]) => `;${key}=${TOKEN.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`}`,
  );
  return essence.toLowerCase() + written.join('');
}

/** Base64 whose padding may be missing (Infra Standard, "forgiving-base64 decode"). */
function unbase64(text: string): Uint8Array {
  const dense = text.replace(/[\t\n\f\r ]+/g, '');
  const digits = dense.length % 4 === 0 ? dense.replace(/={1,2}$/, '') : dense;
  if (digits.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(digits))
    throw badArgument('fetch: the data: URL says base64, and its data is none');
  return Buffer.from(digits, 'base64');
}
