/** `moonsocket/mime`: transfer encodings, lines and header words; bytes in, bytes out, without any I/O. */

export { b64, unb64 } from './base64.ts';
export type { Bytes, Coded, Counted } from './bytes.ts';
export { decodeWords } from './decode-words.ts';
export { encodeWords } from './encode-words.ts';
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
} from './filters.ts';
export { dot, eol } from './lines.ts';
export { qp, unqp } from './quoted-printable.ts';
export { qpwrp, wrp } from './wrap.ts';
