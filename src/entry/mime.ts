/**
 * Transfer encodings, lines and header words (LuaSocket's `mime`, RFC 2045, RFC 2047): bytes in, bytes out, without I/O.
 *
 * @module moonsocket/mime
 */
/// <reference types="node" preserve="true" />

import type { Bytes as Data } from '../mime/bytes.ts';
import type { SyncFilter } from '../mime/filters.ts';

export { b64, unb64 } from '../mime/base64.ts';
export type { Bytes as Data, Coded, Counted } from '../mime/bytes.ts';
export { crlf } from '../mime/crlf.ts';
export { decodeWords } from '../mime/decode-words.ts';
export { encodeWords } from '../mime/encode-words.ts';
export {
  decode,
  type EncodingMode,
  type EncodingName,
  encode,
  normalize,
  type SyncFilter,
  stuff,
  type WrapName,
  wrap,
} from '../mime/filters.ts';
export { dot, eol } from '../mime/lines.ts';
export { qp, unqp } from '../mime/quoted-printable.ts';
export { qpwrp, wrp } from '../mime/wrap.ts';

/**
 * The old name of {@link SyncFilter}.
 *
 * @deprecated In `moonsocket/ltn12` a `Filter` may wait.
 */
export type Filter = SyncFilter;
/**
 * The old name of {@link Data}.
 *
 * @deprecated `moonsocket/ltn12` calls it so.
 */
export type Bytes = Data;
