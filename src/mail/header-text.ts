/**
 * Values of header fields, by the kinds that RFC 5322 and MIME have: text (RFC 2047), addresses, parameters (RFC 2231),
 * message identifiers. What they return is one line, which `foldHeaders` folds.
 */
import { badArgument } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import { isPlain, wordsOf } from '../mime/encode-words.ts';
import { type Address, type AddressGroup, quoted } from './address.ts';

/** No text of a program has them in a field: CR and LF would begin another one, and the rest shows as nothing. */
const CONTROL = /[\0-\x08\n-\x1f\x7f]/;
/** Longer words are encoded, since an encoded text can be folded anywhere. */
const LONG_WORD = /[^ ]{500}/;
/** Blanks that a reader would take for a fold's, or drop. */
const LOST_BLANKS = /^ | $| {2}/;
/** RFC 2822, section 3.4: words of a name that need no quotes. */
const PLAIN_NAME = /^[\w!#$%&'*+\-/=?^`{|}~]+(?: [\w!#$%&'*+\-/=?^`{|}~]+)*$/;
/** A longer name is encoded: within quotes, folding might lose blanks. */
const LONG_NAME = 60;
/** A value that needs no quotes: RFC 2045, section 5.1, without what RFC 2231 gives a meaning. */
const PLAIN_VALUE = /^[\w!#$&+\-.^`{|}~]+$/;
/** RFC 2231, section 7 (attribute-char): what is not encoded in an extended value. */
const PLAIN_CHARACTER = /^[\w!#$&+\-.^`{|}~]$/;
/** How much of a value stands in one parameter; RFC 2231, section 3 makes several of more. */
const PARAMETER_LENGTH = 50;
/** RFC 5322, section 3.6.4, without comments: a left and a right side, or whatever others have made of it. */
const MESSAGE_ID = /^<[!-;=?-~]{1,900}>$/;

/** Throws unless it is text without control characters. */
export function checkText(field: string, text: unknown): asserts text is string {
  if (typeof text !== 'string') throw badArgument(`${field}: takes a text, not ${shown(text)}`);
  if (CONTROL.test(text)) throw badArgument(`${field}: a control character (CR, LF, NUL, …) in ${shown(text)}`);
}

/** Any text, for a field called `name`. */
export function textValue(name: string, text: string): string {
  checkText(name, text);
  if (isPlain(text) && !LONG_WORD.test(text) && !LOST_BLANKS.test(text)) return text;
  return wordsOf(text, name.length + 2);
}

/** Mailboxes and groups, for a field called `name`. */
export function addressesValue(name: string, addresses: readonly (Address | AddressGroup)[]): string {
  return addresses
    .map((entry) =>
      'group' in entry
        ? `${nameValue(name, entry.name)}: ${entry.group.map((member) => mailboxValue(name, member)).join(', ')};`
        : mailboxValue(name, entry),
    )
    .join(', ');
}

function mailboxValue(name: string, mailbox: Address): string {
  if (mailbox.name === undefined || mailbox.name === '') return mailbox.address;
  return `${nameValue(name, mailbox.name)} <${mailbox.address}>`;
}

/** A display name: words, a quoted string, or encoded words. */
function nameValue(field: string, name: string): string {
  checkText(field, name);
  if (!isPlain(name) || name.length > LONG_NAME || LOST_BLANKS.test(name)) return wordsOf(name, field.length + 2);
  return PLAIN_NAME.test(name) ? name : quoted(name);
}

/**
 * A value and its parameters, such as `attachment; filename="a b.pdf"`. What is not ASCII, and what is long, goes as RFC 2231
 * has it: `filename*=utf-8''na%C3%AFve.txt`, `filename*0*=…; filename*1*=…`.
 */
export function parametersValue(value: string, parameters: Readonly<Record<string, string>>): string {
  return [value, ...Object.entries(parameters).flatMap(([name, text]) => parameter(name, text))].join('; ');
}

function parameter(name: string, text: string): string[] {
  checkText(name, text);
  if (/^[ -~]*$/.test(text) && text.length <= PARAMETER_LENGTH) {
    return [`${name}=${PLAIN_VALUE.test(text) ? text : quoted(text)}`];
  }
  const pieces = [''];
  // Whole characters: some readers decode each piece by itself.
  for (const character of text) {
    const encoded = PLAIN_CHARACTER.test(character) ? character : percentEncoded(character);
    const last = pieces.length - 1;
    if (`${pieces[last]}${encoded}`.length > PARAMETER_LENGTH) pieces.push(encoded);
    else pieces[last] += encoded;
  }
  pieces[0] = `utf-8''${pieces[0]}`;
  return pieces.length === 1 ? [`${name}*=${pieces[0]}`] : pieces.map((piece, index) => `${name}*${index}*=${piece}`);
}

function percentEncoded(character: string): string {
  return Buffer.from(character, 'utf8')
    .toString('hex')
    .replace(/../g, (byte) => `%${byte.toUpperCase()}`);
}

/** Message identifiers, each in angle brackets; those of a text stand apart by blanks. */
export function messageIds(field: string, ids: string | readonly string[]): string[] {
  const all = (typeof ids === 'string' ? [ids] : ids).flatMap((text) => {
    checkText(field, text);
    return text.split(/[ \t]+/).filter((word) => word !== '');
  });
  return all.map((id) => {
    const bracketed = id.startsWith('<') ? id : `<${id}>`;
    if (!MESSAGE_ID.test(bracketed)) throw badArgument(`${field}: ${shown(id)} is no message identifier, <left@right>`);
    return bracketed;
  });
}
