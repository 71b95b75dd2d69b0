/**
 * Reads addresses as people write them, and as they stand in header fields (RFC 5322, section 3.4):
 *
 *     address = mailbox / group
 *     mailbox = [phrase] [CFWS] "<" addr-spec ">"  /  addr-spec
 *     group   = phrase ":" [mailbox *("," mailbox)] ";"
 *
 * One pass makes tokens, a second one reads them; neither goes back, so that time grows with the length.
 */
import { badArgument } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import { decodeWords } from '../mime/decode-words.ts';
import { type Address, type AddressGroup, addressOf } from './address.ts';

interface Token {
  readonly kind: 'atom' | 'quoted' | 'literal' | 'comment' | 'special' | 'end';
  /** Without quotes, escapes and parentheses. */
  readonly text: string;
}

const END: Token = { kind: 'end', text: '' };
const SPECIALS: ReadonlyMap<string, Token> = new Map(Array.from('<>,:;@', (text) => [text, { kind: 'special', text }]));
const BLANK = /[ \t\r\n]/;
/** What ends an atom. Dots belong to it, as in `John Q. Public` and in a dot-atom. */
const ATOM = /[^ \t\r\n<>,:;@"()[\]\\]+/y;

/**
 * The mailboxes and groups in a text: separated by commas, with names, quotes, comments, groups and international domains,
 * which become ASCII (`xn--…`). A comment behind an address is its name where it has no other; encoded words in names are decoded.
 *
 * ```ts
 * import { parseAddresses } from 'moonsocket/mail';
 *
 * parseAddresses('"Bloggs, Joe" <joe@example.com>'); // => [{ name: 'Bloggs, Joe', address: 'joe@example.com' }]
 * parseAddresses('ann@bücher.example'); // => [{ address: 'ann@xn--bcher-kva.example' }]
 * parseAddresses('Team: a@x.org, b@x.org;').length; // => 1
 * ```
 *
 * @throws SocketError `ERR_INVALID_ARGUMENT` for what is no list of addresses, naming what is wrong; `field` begins the message.
 */
export function parseAddresses(text: string, field = 'parseAddresses'): (Address | AddressGroup)[] {
  if (typeof text !== 'string') throw badArgument(`${field}: addresses are a text, not ${shown(text)}`);
  return new AddressReader(field, text).list();
}

class AddressReader {
  readonly #field: string;
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(field: string, text: string) {
    this.#field = field;
    this.#text = text;
    this.#tokens = tokensOf(field, text);
  }

  list(): (Address | AddressGroup)[] {
    const all: (Address | AddressGroup)[] = [];
    for (;;) {
      this.#skipCommas();
      if (this.#peek().kind === 'end') return all;
      all.push(this.#address());
      const next = this.#peek();
      if (next.kind !== 'end' && !this.#is(',')) throw this.#wrong(`${shown(next.text)} where a comma belongs`);
    }
  }

  #address(): Address | AddressGroup {
    const words = this.#words();
    if (!this.#is(':')) return this.#mailbox(words);
    this.#at++;
    const name = phraseOf(words);
    if (name === '') throw this.#wrong('a group without a name');
    const group: Address[] = [];
    for (;;) {
      this.#skipCommas();
      if (this.#is(';')) break;
      if (this.#peek().kind === 'end') throw this.#wrong(`the group ${shown(name)} has no ; at its end`);
      group.push(this.#mailbox(this.#words()));
      if (!this.#is(',') && !this.#is(';')) throw this.#wrong('a mailbox in a group is followed by , or ;');
    }
    this.#at++;
    return { name, group };
  }

  /** The rest of a mailbox that began with these words. */
  #mailbox(words: readonly Token[]): Address {
    let name = '';
    let address: string;
    if (this.#is('<')) {
      this.#at++;
      name = phraseOf(words);
      address = this.#addrSpec(this.#words());
      if (!this.#is('>')) throw this.#wrong('no > behind an address');
      this.#at++;
    } else {
      address = this.#addrSpec(words);
    }
    const behind = this.#words();
    const stray = behind.find(({ kind }) => kind !== 'comment');
    if (stray !== undefined) throw this.#wrong(`${shown(stray.text)} behind the address ${shown(address)}`);
    if (name === '') name = decoded(behind.map(({ text }) => text).join(' '));
    return name === '' ? { address } : { name, address };
  }

  /** The local part, which is `words`; the @ and the domain, which follow. */
  #addrSpec(words: readonly Token[]): string {
    const [local, ...more] = words.filter(({ kind }) => kind !== 'comment');
    if (!this.#is('@')) throw this.#wrong(local === undefined ? 'no address' : `no @ behind ${shown(local.text)}`);
    if (local === undefined || more.length > 0 || local.kind === 'literal')
      throw this.#wrong('there is one word before an @, or a text in quotes');
    this.#at++;
    const domain = this.#peek();
    if (domain.kind !== 'atom' && domain.kind !== 'literal')
      throw this.#wrong(`no domain behind ${shown(`${local.text}@`)}`);
    this.#at++;
    return addressOf(this.#field, local.text, domain.text);
  }

  #words(): Token[] {
    const begin = this.#at;
    while (this.#peek().kind !== 'special' && this.#peek().kind !== 'end') this.#at++;
    return this.#tokens.slice(begin, this.#at);
  }

  #skipCommas(): void {
    while (this.#is(',')) this.#at++;
  }

  #is(special: string): boolean {
    const { kind, text } = this.#peek();
    return kind === 'special' && text === special;
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? END;
  }

  #wrong(what: string): Error {
    return badArgument(`${this.#field}: ${what}, in ${shown(this.#text)}`);
  }
}

/** A name of words and quoted texts. */
function phraseOf(words: readonly Token[]): string {
  return decoded(
    words
      .filter(({ kind }) => kind !== 'comment')
      .map(({ text }) => text)
      .join(' '),
  );
}

function decoded(name: string): string {
  return decodeWords(name).trim();
}

function tokensOf(field: string, text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    const character = text[at] as string;
    const special = SPECIALS.get(character);
    if (special !== undefined) {
      tokens.push(special);
      at++;
    } else if (BLANK.test(character)) {
      at++;
    } else if (character === '"' || character === '[' || character === '(') {
      const { token, end } = delimited(field, text, at);
      tokens.push(token);
      at = end;
    } else {
      ATOM.lastIndex = at;
      const [atom] = ATOM.exec(text) ?? [];
      if (atom === undefined) throw badArgument(`${field}: a stray ${shown(character)} in ${shown(text)}`);
      tokens.push({ kind: 'atom', text: atom });
      at += atom.length;
    }
  }
  return tokens;
}

const DELIMITED = {
  '"': { kind: 'quoted', end: '"' },
  '[': { kind: 'literal', end: ']' },
  '(': { kind: 'comment', end: ')' },
} as const;

/** A quoted string, a domain literal or a comment, in which comments may stand. */
function delimited(field: string, text: string, begin: number): { token: Token; end: number } {
  const { kind, end } = DELIMITED[text[begin] as keyof typeof DELIMITED];
  const characters: string[] = [];
  let depth = 1;
  for (let at = begin + 1; at < text.length; at++) {
    const character = text[at] as string;
    if (character === end && --depth === 0) {
      const inside = characters.join('');
      return { token: { kind, text: kind === 'literal' ? `[${inside}]` : inside }, end: at + 1 };
    }
    if (character === '(' && kind === 'comment') depth++;
    if (character === '\\' && kind !== 'literal') at++;
    characters.push(text[at] ?? '');
  }
  throw badArgument(`${field}: no ${end} behind the ${text[begin]} in ${shown(text)}`);
}
