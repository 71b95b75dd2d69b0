/**
 * What a server wants to know before it answers: the challenges of WWW-Authenticate and Proxy-Authenticate.
 *
 * ```text
 *   field     = #challenge                                              ; RFC 9110, sections 11.3 and 11.6.1
 *   challenge = scheme [ 1*SP ( token68 / #param ) ]
 *   param     = token BWS "=" BWS ( token / quoted-string )
 * ```
 *
 * The commas between challenges are those between parameters, too:
 *
 * ```text
 *   Digest realm="a", nonce="b, c", Basic realm="d", Negotiate
 *   |----- a scheme -- a parameter  |- a scheme ---  |- a scheme
 * ```
 */
import { TOKEN } from '../../headers/format.ts';

export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  /** The parameters, by names in lower case, without quotes and escapes. A token68, which no scheme here has, is not kept. */
  readonly params: ReadonlyMap<string, string>;
}

/** `name = value`; the value is not checked. */
const PARAM = /^([\w!#$%&'*+\-.^`|~]+)[ \t]*=[ \t]*(.*)$/s;
/** `scheme` or `scheme rest`. */
const SCHEME = /^([\w!#$%&'*+\-.^`|~]+)(?: +(.*))?$/s;
const TOKEN68 = /^[\w\-.~+/]+=*$/;
/** What a quoted-string is made of besides escapes. */
const QUOTED_TEXT = /^[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]*$/;
const ESCAPED = /\\([\t \x21-\x7e\x80-\xff])/g;

/**
 * The challenges of these fields, in their order. One that is malformed is left out, with whatever follows up to the next
 * scheme; so is one that names a parameter twice, since others might take the other one.
 */
export function parseChallenges(fields: readonly string[]): Challenge[] {
  return fields.flatMap((field) => challengesOf(elementsOf(field)));
}

function challengesOf(elements: readonly string[]): Challenge[] {
  const challenges: Challenge[] = [];
  const spoiled = new Set<Challenge>();
  let last: Challenge | undefined;
  let params = new Map<string, string>();
  for (const element of elements) {
    let param: string | undefined = element;
    const begun = PARAM.test(element) ? null : SCHEME.exec(element);
    if (begun !== null) {
      params = new Map();
      last = { scheme: begun[1]!.toLowerCase(), params };
      challenges.push(last);
      param = begun[2] === undefined || TOKEN68.test(begun[2]) ? undefined : begun[2];
    }
    if (last !== undefined && param !== undefined && !addParam(params, param)) spoiled.add(last);
  }
  return challenges.filter((challenge) => !spoiled.has(challenge));
}

/** Whether the text is a parameter, and the first one of its name. */
function addParam(params: Map<string, string>, text: string): boolean {
  const [, name = '', written = ''] = PARAM.exec(text) ?? [];
  const key = name.toLowerCase();
  const value = unquoted(written);
  if (value === undefined || params.has(key)) return false;
  params.set(key, value);
  return true;
}

function unquoted(text: string): string | undefined {
  if (TOKEN.test(text)) return text;
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return undefined;
  const inside = text.slice(1, -1);
  return QUOTED_TEXT.test(inside.replace(ESCAPED, '')) ? inside.replace(ESCAPED, '$1') : undefined;
}

/** The elements between the commas that stand in no quoted string, without blanks around them; empty ones mean nothing. */
function elementsOf(field: string): string[] {
  const elements: string[] = [];
  let begin = 0;
  const end = (at: number): void => {
    const element = trimmed(field, begin, at);
    if (element !== '') elements.push(element);
    begin = at + 1;
  };
  let quoted = false;
  for (let at = 0; at < field.length; at++) {
    const mark = field[at];
    if (mark === '"') quoted = !quoted;
    else if (mark === '\\' && quoted) at++;
    else if (mark === ',' && !quoted) end(at);
  }
  end(field.length);
  return elements;
}

/** Not a pattern, which would look for the end of the blanks at each of them. */
function trimmed(text: string, begin: number, end: number): string {
  while (begin < end && isBlank(text[begin])) begin++;
  while (end > begin && isBlank(text[end - 1])) end--;
  return text.slice(begin, end);
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}
