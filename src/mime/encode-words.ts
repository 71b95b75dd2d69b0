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
/** As much as the longest character of UTF-8 takes, in Q. */
const LEAST_LENGTH = 12;

/** What stays as it is in Q. Section 5 (3) allows no more within a phrase, and this much is right anywhere. */
const SAFE = /[A-Za-z0-9!*+\-/]/;
/** What each byte is in Q. */
const QUOTED = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if (SAFE.test(character)) return character;
  return character === ' ' ? '_' : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
});
const QUOTED_LENGTH = Uint8Array.from(QUOTED, (text) => text.length);
const ONE_EACH = new Uint8Array(256).fill(1);

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
  return isPlain(text) ? text : wordsOf(text);
}

/** Whether a reader takes the text for what it is. */
export function isPlain(text: string): boolean {
  return /^[ -~]*$/.test(text) && !text.includes('=?');
}

/** Any text as encoded words, of which the first is shorter by `used`: its line has that many characters already. */
export function wordsOf(text: string, used = 0): string {
  const bytes = Buffer.from(text, 'utf8');
  const first = Math.max(TEXT_LENGTH - used, LEAST_LENGTH);
  const quoted = words('Q', bytes, QUOTED_LENGTH, first, TEXT_LENGTH, (word) => {
    let characters = '';
    for (let i = 0; i < word.length; i++) characters += QUOTED[word[i]!]!;
    return characters;
  });
  const base64 = words('B', bytes, ONE_EACH, base64Bytes(first), base64Bytes(TEXT_LENGTH), (word) =>
    word.toString('base64'),
  );
  return quoted.length <= base64.length ? quoted : base64;
}

/** How many bytes' base64 fits. */
function base64Bytes(length: number): number {
  return Math.floor(length / 4) * 3;
}

/** The words of `bytes`: as many whole characters in each as there is room for, where each byte takes its `lengths`. */
function words(
  encoding: 'Q' | 'B',
  bytes: Buffer,
  lengths: Uint8Array,
  first: number,
  room: number,
  encoded: (word: Buffer) => string,
): string {
  const all: string[] = [];
  let start = 0;
  const end = (at: number): void => {
    all.push(`=?${CHARSET}?${encoding}?${encoded(bytes.subarray(start, at))}?=`);
    start = at;
  };
  let left = first;
  for (let at = 0; at < bytes.length; ) {
    const character = at;
    let length = 0;
    do length += lengths[bytes[at++]!]!;
    while (at < bytes.length && (bytes[at]! & 0xc0) === 0x80);
    if (length > left) {
      end(character);
      left = room;
    }
    left -= length;
  }
  end(bytes.length);
  return all.join(' ');
}
