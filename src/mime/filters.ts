/** The codecs as LTN12 filters, by the names that mail has for them. */
import { dataOf } from '../core/data.ts';
import { badArgument } from '../core/errors.ts';
import { b64, unb64 } from './base64.ts';
import { type Bytes, NOTHING } from './bytes.ts';
import { dot, eol } from './lines.ts';
import { qp, unqp } from './quoted-printable.ts';
import { LINE_LENGTH, qpwrp, wrp } from './wrap.ts';

/**
 * A filter of LTN12 that never waits, as `moonsocket/ltn12` names it: called with one chunk after the other, and with `null` at the end, until it gives `null` itself.
 * It may give an empty chunk where it needs more, and gives `null` only once it was given `null`.
 */
export type SyncFilter = (chunk: Uint8Array | null) => Uint8Array | null;

/** The content transfer encodings that change anything (RFC 2045, section 6.1). */
export type EncodingName = 'base64' | 'quoted-printable';

/** What wrapping is for: plain text and base64 are broken by line ends, quoted-printable by soft breaks. */
export type WrapName = 'text' | 'base64' | 'quoted-printable';

/** How quoted-printable sees CR LF: a line end of the text, or two bytes of the data. */
export type EncodingMode = 'text' | 'binary';

const ENCODERS: Readonly<Record<EncodingName, (mode: EncodingMode) => SyncFilter>> = {
  base64: () => cycle(b64, NOTHING),
  'quoted-printable': (mode) => {
    const marker = mode === 'binary' ? '=0D=0A' : '\r\n';
    return cycle((rest: Bytes | null, chunk) => qp(rest, chunk, marker), NOTHING);
  },
};

const DECODERS: Readonly<Record<EncodingName, () => SyncFilter>> = {
  base64: () => cycle(unb64, NOTHING),
  'quoted-printable': () => cycle(unqp, NOTHING),
};

const WRAPPERS: Readonly<Record<WrapName, (length: number) => SyncFilter>> = {
  text: wrapper,
  base64: wrapper,
  'quoted-printable': () => cycle((left: number, chunk) => qpwrp(left, chunk), LINE_LENGTH),
};

/**
 * A filter that encodes (LuaSocket's `mime.encode`), as one line: {@link wrap} makes lines of it.
 *
 * `mode` matters to quoted-printable alone: in `'binary'` mode a CR LF is two bytes to be kept, `=0D=0A`, and no line end.
 * Throws `ERR_INVALID_ARGUMENT` for a name or mode that is not there.
 *
 * ```ts
 * import { encode, wrap } from 'moonsocket/mime';
 * const toBase64 = encode('base64');
 * const text = [Buffer.from('Ma'), Buffer.from('n!'), null].map((chunk) => toBase64(chunk) ?? '').join('');
 * text; // => 'TWFuIQ=='
 * ```
 */
export function encode(name: EncodingName, mode: EncodingMode = 'text'): SyncFilter {
  const encoder = chosen('encode: there is no encoding', ENCODERS, name);
  if (mode !== 'text' && mode !== 'binary') {
    throw badArgument(`encode: there is no mode ${String(mode)}; there are text, binary`);
  }
  return encoder(mode);
}

/**
 * A filter that decodes (LuaSocket's `mime.decode`). It never fails: what it does with text that is not well-formed,
 * `unb64` and `unqp` say. Throws `ERR_INVALID_ARGUMENT` for a name that is not there.
 *
 * ```ts
 * import { decode } from 'moonsocket/mime';
 * const fromQuoted = decode('quoted-printable');
 * String(fromQuoted(Buffer.from('caf=C3=A9=\r\n'))); // => 'café'
 * fromQuoted(null); // => null
 * ```
 */
export function decode(name: EncodingName): SyncFilter {
  return chosen('decode: there is no encoding', DECODERS, name)();
}

/**
 * A filter that breaks long lines (LuaSocket's `mime.wrap`): `'text'`, the default, and `'base64'` at `length` bytes, of which there are
 * 76 unless said otherwise; `'quoted-printable'` by soft breaks at 76. Its output ends with a line end.
 * Throws `ERR_INVALID_ARGUMENT` for a name that is not there, or a length that is no whole number above 0.
 *
 * ```ts
 * import { wrap } from 'moonsocket/mime';
 * const lines = wrap(4);
 * String(lines(Buffer.from('abcdef'))); // => 'abcd\r\nef'
 * String(lines(null)); // => '\r\n'
 * lines(null); // => null
 * ```
 */
export function wrap(name?: WrapName, length?: number): SyncFilter;
export function wrap(length: number): SyncFilter;
export function wrap(name: WrapName | number = 'text', length: number = LINE_LENGTH): SyncFilter {
  if (typeof name === 'number') return wrap('text', name);
  if (!Number.isSafeInteger(length) || length < 1) {
    throw badArgument(`wrap: length is a whole number above 0, not ${String(length)}`);
  }
  return chosen('wrap: there is no wrapping for', WRAPPERS, name)(length);
}

/**
 * A filter that makes each line end a `marker` (LuaSocket's `mime.normalize`), be it CR LF, LF, CR or LF CR.
 *
 * ```ts
 * import { normalize } from 'moonsocket/mime';
 * String(normalize()(Buffer.from('unix\nmac\rdos\r\n'))); // => 'unix\r\nmac\r\ndos\r\n'
 * ```
 */
export function normalize(marker: Bytes = '\r\n'): SyncFilter {
  // A copy, since the caller may use its buffer for something else.
  const lineEnd = Buffer.from(dataOf('normalize', marker));
  return cycle((context: number, chunk) => eol(context, chunk, lineEnd), 0);
}

/**
 * A filter that doubles the dots at the beginnings of lines (LuaSocket's `mime.stuff`), as SMTP wants its messages.
 *
 * ```ts
 * import { stuff } from 'moonsocket/mime';
 * String(stuff()(Buffer.from('one\r\n.\r\n'))); // => 'one\r\n..\r\n'
 * ```
 */
export function stuff(): SyncFilter {
  return cycle(dot, 2);
}

function wrapper(length: number): SyncFilter {
  return cycle((left: number, chunk) => wrp(left, chunk, length), length);
}

/** A filter of a codec that takes its context and gives the next one. */
function cycle<C>(codec: (context: C, chunk: Uint8Array | null) => [Buffer | null, C], context: C): SyncFilter {
  return (chunk) => {
    const [output, next] = codec(context, chunk);
    context = next;
    return output;
  };
}

function chosen<T>(complaint: string, all: Readonly<Record<string, T>>, name: string): T {
  if (Object.hasOwn(all, name)) return all[name]!;
  throw badArgument(`${complaint} ${String(name)}; there are ${Object.keys(all).join(', ')}`);
}
