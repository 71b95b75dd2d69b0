/**
 * Reading encoded words (RFC 2047) in header fields of others. The grammar, with the language of RFC 2231, section 5:
 *
 *     encoded-word = "=?" charset ["*" language] "?" encoding "?" encoded-text "?="
 *
 * Senders deviate: words longer than 75 characters, words right behind other text, characters split between two words.
 * Section 6.3 asks to show what can be shown, so all of that is read.
 */
import { EQUALS, SPACE } from './bytes.ts';
import { HEX_VALUES, NO_HEX } from './quoted-printable.ts';

const UNDERSCORE = 95;
const WORD = /=\?([\w!#$%&'+.^`{|}~-]+)(?:\*[\w-]*)?\?([bq])\?([!->@-~]*)\?=/gi;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const BLANKS = /^[ \t\r\n]*$/;

/** How many charsets are looked up for one text: a refusal costs microseconds, and a hostile text has thousands to ask for. */
const CHARSET_LIMIT = 16;

/**
 * The text of a header field, its encoded words decoded (RFC 2047).
 *
 * Blanks between two encoded words disappear. The bytes of neighbours of the same charset are joined before they are
 * decoded, so that a character may be split between them. Charsets are what TextDecoder knows; `us-ascii` and `iso-8859-1` are
 * windows-1252 for it. What is in no known charset, and base64 that is not well-formed, is left as it is; so is everything
 * else. A `=` that begins no `=XX` stays, and bytes that are wrong in their charset become U+FFFD. It never throws.
 *
 * ```ts
 * import { decodeWords } from 'moonsocket/mime';
 * decodeWords('=?ISO-8859-1?Q?Andr=E9?= Pirard'); // => 'André Pirard'
 * decodeWords('=?utf-8?B?4oI=?=\r\n =?utf-8?B?rA==?='); // => '€'
 * decodeWords('=?x-klingon?Q?Qapla=27?='); // => '=?x-klingon?Q?Qapla=27?='
 * ```
 */
export function decodeWords(text: string): string {
  const charsets = new Charsets();
  let result = '';
  let end = 0;
  let run: EncodedRun | undefined;
  for (const match of text.matchAll(WORD)) {
    const [word, charset = '', encoding = '', encoded = ''] = match;
    const decoder = charsets.find(charset);
    const bytes = decoder === undefined ? undefined : contentOf(encoding, encoded);
    // What cannot be decoded is ordinary text, and ends the run by standing in the gap before the next word.
    if (decoder === undefined || bytes === undefined) continue;
    const gap = text.slice(end, match.index);
    const adjacent = run !== undefined && BLANKS.test(gap);
    if (run === undefined || !adjacent || run.decoder !== decoder) {
      if (run !== undefined) result += textOf(run);
      if (!adjacent) result += gap;
      run = { decoder, pieces: [] };
    }
    run.pieces.push(bytes);
    end = match.index + word.length;
  }
  return result + (run === undefined ? '' : textOf(run)) + text.slice(end);
}

/** Neighbours of one charset. */
interface EncodedRun {
  readonly decoder: TextDecoder;
  readonly pieces: Buffer[];
}

function textOf({ decoder, pieces }: EncodedRun): string {
  return decoder.decode(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces));
}

function contentOf(encoding: string, text: string): Buffer | undefined {
  if (encoding === 'B' || encoding === 'b') return BASE64.test(text) ? Buffer.from(text, 'base64') : undefined;
  return unquoted(Buffer.from(text, 'latin1'));
}

/** Section 4.2, in place: each `_` is a blank, whatever the charset has at its number. */
function unquoted(text: Buffer): Buffer {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    let byte = text[i]!;
    if (byte === UNDERSCORE) byte = SPACE;
    else if (byte === EQUALS && i + 2 < text.length) {
      const high = HEX_VALUES[text[i + 1]!]!;
      const low = HEX_VALUES[text[i + 2]!]!;
      if ((high | low) < NO_HEX) {
        byte = (high << 4) | low;
        i += 2;
      }
    }
    text[length++] = byte;
  }
  return text.subarray(0, length);
}

/** The decoders of one text, each made once. */
class Charsets {
  readonly #known = new Map<string, TextDecoder | undefined>();

  find(charset: string): TextDecoder | undefined {
    const name = charset.toLowerCase();
    if (this.#known.has(name) || this.#known.size === CHARSET_LIMIT) return this.#known.get(name);
    const decoder = decoderFor(name);
    this.#known.set(name, decoder);
    return decoder;
  }
}

function decoderFor(charset: string): TextDecoder | undefined {
  try {
    return new TextDecoder(charset, { ignoreBOM: true });
  } catch {
    return undefined;
  }
}
