/**
 * Transfer encodings, lines and header words (LuaSocket's `mime`, RFC 2045, RFC 2047): bytes in, bytes out, without I/O.
 *
 * @module moonsocket/mime
 */
/// <reference types="node" preserve="true" />

export { b64, unb64 } from '../mime/base64.ts';
export type { Bytes, Coded, Counted } from '../mime/bytes.ts';
export { decodeWords } from '../mime/decode-words.ts';
export { encodeWords } from '../mime/encode-words.ts';
export {
  decode,
  type EncodingMode,
  type EncodingName,
  encode,
  type Filter,
  normalize,
  stuff,
  type WrapName,
  wrap,
} from '../mime/filters.ts';
export { dot, eol } from '../mime/lines.ts';
export { qp, unqp } from '../mime/quoted-printable.ts';
export { qpwrp, wrp } from '../mime/wrap.ts';
