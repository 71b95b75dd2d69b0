/**
 * Text for mail header fields, as encoded words (RFC 2047):
 *
 *     =?UTF-8?Q?Andr=C3=A9?=        =?UTF-8?B?0JHQvtGA0LjRgQ==?=
 *       charset | text                        |
 *               Q: quoted                     B: base64
 */

const CHARSET = 'UTF-8';
/** Section 2: no word is longer. */
const WORD_LENGTH = 75;
const TEXT_LENGTH = WORD_LENGTH - `=?${CHARSET}?Q??=`.length;
/** The bytes whose base64 fits into a word. */
const BASE64_BYTES = Math.floor(TEXT_LENGTH / 4) * 3;

/** What stays as it is in Q. Section 5 (3) allows no more within a phrase, and this much is right anywhere. */
const SAFE = /[A-Za-z0-9!*+\-/]/;
/** What each byte is in Q. */
const QUOTED = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if (SAFE.test(character)) return character;
  return character === ' ' ? '_' : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
});

/**
 * Text as it may stand in a header field (RFC 2047): printable ASCII as it is, unless a reader would take it for an
 * encoded word; anything else as words of UTF-8 in Q or B, whichever is shorter.
 *
 * A word has 75 characters at most, a character is never split between two, and a blank stands between them, where the field
 * may be folded. Control characters are encoded too, so that no text can end the field. Half a surrogate pair becomes U+FFFD.
 *
 * ```ts
 * import { encodeWords } from 'moonsocket/mime';
 * encodeWords('Andre'); // => 'Andre'
 * encodeWords('André Pirard'); // => '=?UTF-8?Q?Andr=C3=A9_Pirard?='
 * encodeWords('Борис'); // => '=?UTF-8?B?0JHQvtGA0LjRgQ==?='
 * ```
 */
export function encodeWords(text: string): string {
  if (/^[ -~]*$/.test(text) && !text.includes('=?')) return text;
  const bytes = Buffer.from(text, 'utf8');
  const quoted = quotedWords(bytes);
  const base64 = base64Words(bytes);
  return quoted.length <= base64.length ? quoted : base64;
}

function quotedWords(bytes: Buffer): string {
  const words: string[] = [];
  let word = '';
  for (let at = 0; at < bytes.length; ) {
    const end = characterEnd(bytes, at);
    let character = '';
    for (; at < end; at++) character += QUOTED[bytes[at]!]!;
    if (word.length + character.length > TEXT_LENGTH) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  words.push(word);
  return words.map((part) => `=?${CHARSET}?Q?${part}?=`).join(' ');
}

function base64Words(bytes: Buffer): string {
  const words: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    let end = Math.min(at + BASE64_BYTES, bytes.length);
    while (isContinuation(bytes[end])) end--;
    words.push(`=?${CHARSET}?B?${bytes.toString('base64', at, end)}?=`);
    at = end;
  }
  return words.join(' ');
}

/** Where the UTF-8 character that begins at `at` is over. */
function characterEnd(bytes: Buffer, at: number): number {
  do at++;
  while (isContinuation(bytes[at]));
  return at;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
