/**
 * Parts of a message, and what is sent of them (RFC 2046, section 5.1):
 *
 *     multipart/mixed
 *     ├─ multipart/alternative
 *     │  ├─ text/plain
 *     │  ├─ multipart/related
 *     │  │  ├─ text/html
 *     │  │  └─ inline parts
 *     │  └─ text/calendar, other alternatives
 *     └─ attachments
 *
 * A part becomes pieces, one behind the other: bytes at hand, and content with the filter that it goes through.
 */
import { misuse } from '../core/errors.ts';
import { type Flow, settle } from '../core/flow.ts';
import { foldHeaders } from '../headers/format.ts';
import type { Source } from '../ltn12/protocol.ts';
import { cat, chain, empty } from '../ltn12/sources.ts';
import { type Content, contentOf, readOnce } from './content.ts';
import type { MailFiles } from './files.ts';
import { parametersValue } from './header-text.ts';
import { randomName } from './stamps.ts';
import { base64Size, encoded, looked, type TransferEncoding, transferFilter } from './transfer.ts';

/** Name and value of a header field; the value is one line. */
export type Field = readonly [name: string, value: string];

/** One content with its header fields. */
export interface Leaf {
  readonly fields: readonly Field[];
  readonly content: Content;
  /** `look` at text, `base64` for data, `identity` for a message, which is never encoded, `raw` for what is encoded already. */
  readonly transfer: 'look' | 'base64' | 'identity' | 'raw';
}

/** Parts in a part. */
export interface Multipart {
  readonly fields: readonly Field[];
  /** The media type, with parameters but the boundary. */
  readonly type: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly parts: readonly Part[];
  readonly preamble?: Content;
  readonly epilogue?: Content;
}

export type Part = Leaf | Multipart;

/** Which bytes may be sent, and how the message's files are read. */
export interface WireOptions {
  /** Whether the way takes bytes above 127 in lines of text (8BITMIME, RFC 6152); no, without it. */
  readonly eightBit?: boolean | undefined;
  /** How files are read: at once, without it. A session of the await face reads them by promises. */
  readonly files?: MailFiles | undefined;
}

/** A part's pieces, and what is to be known before they are sent. */
export interface Plan {
  /** Its header fields, those of MIME included. */
  readonly fields: readonly Field[];
  /** What comes behind the empty line. */
  readonly body: readonly Piece[];
  /** Whether there are bytes above 127, sent as they are. */
  readonly eightBit: boolean;
}

/** Bytes, or content to be read. */
export type Piece = Buffer | ContentPiece;

interface ContentPiece {
  readonly content: Content;
  readonly files: MailFiles | undefined;
  readonly encoding: TransferEncoding;
  /** Whether its line ends are those of a text, and become CR LF before it is encoded. */
  readonly isText: boolean;
}

/** Looks where that is needed, and decides on the encodings. */
export function* planned(part: Part, wire: WireOptions): Flow<Plan> {
  return 'parts' in part ? yield* plannedMultipart(part, wire) : yield* plannedLeaf(part, wire);
}

function* plannedLeaf({ fields, content, transfer }: Leaf, { eightBit = false, files }: WireOptions): Flow<Plan> {
  if (transfer === 'raw')
    return { fields, body: [{ content, files, encoding: 'raw', isText: false }], eightBit: false };
  if (transfer === 'look' && content.once)
    throw readOnce(content.field, 'whether a text is 7bit is known when all of it was read');
  const isText = transfer !== 'base64';
  const encoding = isText ? (yield* looked(content, files)).encoding(eightBit) : 'base64';
  if (transfer === 'identity' && encoding !== '7bit' && encoding !== '8bit') throw unencoded(content.field, eightBit);
  return {
    fields: [...fields, ['Content-Transfer-Encoding', encoding]],
    // A text at hand is encoded at once, which tells its size.
    body:
      isText && content.bytes !== undefined
        ? [encoded(content.bytes, encoding)]
        : [{ content, files, encoding, isText }],
    eightBit: encoding === '8bit',
  };
}

/** RFC 2046, section 5.2.1: a message in a message is 7bit or 8bit; its own parts are encoded, and not all of it. */
function unencoded(field: string, eightBit: boolean): Error {
  const why = eightBit
    ? 'has a line of more than 998 bytes, or a control character'
    : 'has bytes above 127, which a server without 8BITMIME and a signature do not take, or a line of more than 998 bytes';
  return misuse('ERR_SMTP_8BIT', `${field}: an attached message goes as it is, and this one ${why}`);
}

function* plannedMultipart(multipart: Multipart, wire: WireOptions): Flow<Plan> {
  // No line of base64 has "_", and none of quoted-printable "=_"; in other text nobody can guess it.
  const boundary = `=_${randomName()}`;
  const { preamble, epilogue } = multipart;
  const body: Piece[] =
    preamble === undefined
      ? []
      : [{ content: preamble, files: wire.files, encoding: 'raw', isText: false }, Buffer.from('\r\n')];
  let has8bit = false;
  let separator = body.length === 0 ? `--${boundary}\r\n` : `\r\n--${boundary}\r\n`;
  for (const part of multipart.parts) {
    const plan = yield* planned(part, wire);
    body.push(Buffer.from(`${separator}${foldHeaders(plan.fields)}\r\n`), ...plan.body);
    separator = `\r\n--${boundary}\r\n`;
    has8bit ||= plan.eightBit;
  }
  body.push(Buffer.from(`\r\n--${boundary}--\r\n`));
  if (epilogue !== undefined)
    body.push(
      Buffer.from('\r\n'),
      { content: epilogue, files: wire.files, encoding: 'raw', isText: false },
      Buffer.from('\r\n'),
    );
  const type = parametersValue(multipart.type, { ...multipart.parameters, boundary });
  const fields: Field[] = [...multipart.fields, ['Content-Type', type]];
  // RFC 2045, section 6.4: it travels as its parts do, and is encoded no more.
  if (has8bit) fields.push(['Content-Transfer-Encoding', '8bit']);
  return { fields, body, eightBit: has8bit };
}

/** A source of the pieces. */
export function sourceOf(pieces: readonly Piece[]): Source {
  return pieces.length === 0 ? empty() : cat(...pieces.map(pieceSource));
}

/** Content is opened when its turn has come: of many files one is open. */
function pieceSource(piece: Piece): Source {
  if (Buffer.isBuffer(piece)) return contentOf('message', piece).open();
  let open: Source | undefined;
  const source: Source = () => {
    open ??= filteredSource(piece);
    return open();
  };
  source.close = (error) => open?.close?.(error);
  return source;
}

function filteredSource({ content, files, encoding, isText }: ContentPiece): Source {
  const filter = transferFilter(encoding, isText);
  return filter === undefined ? content.open(files) : chain(content.open(files), filter);
}

/** How many bytes the pieces are, where that can be said without reading. */
export function* sizeOf(pieces: readonly Piece[]): Flow<number | undefined> {
  let size = 0;
  for (const piece of pieces) {
    const bytes = Buffer.isBuffer(piece) ? piece.length : yield* contentSize(piece);
    if (bytes === undefined) return undefined;
    size += bytes;
  }
  return size;
}

function* contentSize({ content, files, encoding, isText }: ContentPiece): Flow<number | undefined> {
  if (isText) return undefined;
  const size = yield* settle(content.size(files));
  return size === undefined || encoding === 'raw' ? size : base64Size(size);
}
