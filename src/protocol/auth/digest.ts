/**
 * A login that shows that it knows the password without telling it: Digest (RFC 7616), with servers that know RFC 2617 or
 * RFC 2069 alone, too.
 *
 * ```text
 *   401  WWW-Authenticate: Digest realm="r", qop="auth", algorithm=SHA-256, nonce="n", opaque="o"
 *   GET  Authorization: Digest username="u", realm="r", uri="/", algorithm=SHA-256, nonce="n", nc=00000001, cnonce="c",
 *                              qop=auth, response="…", opaque="o"
 *
 *   response = H( H(user:realm:password) : nonce : nc : cnonce : qop : H(method:uri) )      ; section 3.4.1
 *              H( H(user:realm:password) : nonce : H(method:uri) )                          ; RFC 2069, without qop
 * ```
 *
 * The limits: a server that offers `auth-int` alone gets no answer, since the body would have to be known before the head
 * is sent; what a server says of itself in Authentication-Info is not looked at; `domain` is not either, so that whose
 * login this is, and which servers get an answer, is the caller's to decide.
 */
import { type Challenge, parseChallenges } from './challenges.ts';
import { type HashName, hasHash, hashOf, randomText } from './crypto.ts';

/** The answer that goes with one request. */
export interface DigestAnswer {
  /** The value of Authorization, or Proxy-Authorization. The user's name stands in it as it is: `formatHeaders` checks it. */
  readonly value: string;
  /** How many challenges in a row have led to it: none, if it goes before it is asked for. */
  readonly challenges: number;
}

interface Algorithm {
  readonly hash: HashName;
  /** The more, the stronger. */
  readonly strength: number;
  /** `-sess`: the first hash takes in the nonces, so that a proxy may keep it and never knows the password's. */
  readonly session: boolean;
}

/** A challenge that can be answered. */
interface DigestChallenge {
  readonly params: ReadonlyMap<string, string>;
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: Algorithm;
  readonly stale: boolean;
}

/** The weakest first. SHA-512-256 is SHA-512/256 of FIPS 180-4, with its own initial values, and not a SHA-512 cut short. */
const HASHES: readonly (readonly [name: string, hash: HashName])[] = [
  ['md5', 'md5'],
  ['sha-256', 'sha256'],
  ['sha-512-256', 'sha512-256'],
];

/** Those that this runtime computes, by their names in lower case. */
const ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map(
  HASHES.filter(([, hash]) => hasHash(hash)).flatMap(([name, hash], strength): [string, Algorithm][] => [
    [name, { hash, strength, session: false }],
    [`${name}-sess`, { hash, strength, session: true }],
  ]),
);

/** One user's login at one server. Several requests may use it at once. */
export class DigestLogin {
  readonly #user: Buffer;
  readonly #password: Buffer;
  readonly #random: () => string;
  #asked: DigestChallenge | undefined;
  /** Our nonce: the same for all requests of one challenge, since `-sess` means the first one's. */
  #cnonce = '';
  #count = 0;

  /** `credentials` are `user:password`, as bytes. */
  constructor(credentials: Buffer, random: () => string = randomText) {
    const colon = credentials.indexOf(':');
    this.#user = colon < 0 ? credentials : credentials.subarray(0, colon);
    this.#password = colon < 0 ? Buffer.alloc(0) : credentials.subarray(colon + 1);
    this.#random = random;
  }

  /** What goes with a request before it is asked for; undefined while no challenge is known. */
  answer(method: string, target: string): DigestAnswer | undefined {
    return this.#asked && { value: this.#authorization(this.#asked, method, target), challenges: 0 };
  }

  /**
   * What to repeat a request with that a 401 or 407 with these fields has refused, and with it `refused`, if it had an
   * answer. Undefined if there is nothing that has a chance: no challenge that can be answered, or a new answer to one
   * was refused. "stale" says that only the nonce was too old, which is believed once.
   */
  answerTo(
    fields: readonly string[],
    refused: DigestAnswer | undefined,
    method: string,
    target: string,
  ): DigestAnswer | undefined {
    const asked = strongest(parseChallenges(fields));
    const before = refused?.challenges ?? 0;
    if (asked === undefined || before > 1 || (before === 1 && !asked.stale)) {
      // The next request does not try the same again unasked: some servers lock out who guesses.
      this.#asked = undefined;
      return undefined;
    }
    this.#begin(asked);
    return { value: this.#authorization(asked, method, target), challenges: before + 1 };
  }

  #begin(asked: DigestChallenge): void {
    const known = this.#asked?.nonce === asked.nonce;
    this.#asked = asked;
    // What another request is using already is counted on: a server takes each count of a nonce once.
    if (known) return;
    this.#cnonce = this.#random();
    this.#count = 0;
  }

  #authorization({ params, realm, nonce, algorithm }: DigestChallenge, method: string, target: string): string {
    const hash = (...parts: readonly (string | Buffer)[]): string => hashOf(algorithm.hash, joined(parts));
    const utf8 = params.get('charset')?.toLowerCase() === 'utf-8';
    const [user, password] = utf8 ? [composed(this.#user), composed(this.#password)] : [this.#user, this.#password];
    const hashed = params.get('userhash')?.toLowerCase() === 'true';
    const qop = params.has('qop');
    const nc = (++this.#count).toString(16).padStart(8, '0');
    const cnonce = this.#cnonce;

    const secret = hash(user, realm, password);
    const key = algorithm.session ? hash(secret, nonce, cnonce) : secret;
    const message = hash(method, target);
    const response = qop ? hash(key, nonce, nc, cnonce, 'auth', message) : hash(key, nonce, message);

    // What is quoted and what is not is as in section 3.4; some servers read it to the letter.
    const pairs: (readonly [name: string, value: string | undefined])[] = [
      ['username', quoted(hashed ? hash(user, realm) : user.toString('latin1'))],
      ['realm', quoted(realm)],
      ['uri', quoted(target)],
      ['algorithm', params.get('algorithm')],
      ['nonce', quoted(nonce)],
      ['nc', qop ? nc : undefined],
      ['cnonce', qop ? quoted(cnonce) : undefined],
      ['qop', qop ? 'auth' : undefined],
      ['response', quoted(response)],
      ['opaque', quoted(params.get('opaque'))],
      ['userhash', hashed ? 'true' : undefined],
    ];
    const told = pairs.filter(([, value]) => value !== undefined).map(([name, value]) => `${name}=${value}`);
    return `Digest ${told.join(', ')}`;
  }
}

/** Of those that can be answered, the first of the strongest. */
function strongest(challenges: readonly Challenge[]): DigestChallenge | undefined {
  let best: DigestChallenge | undefined;
  for (const challenge of challenges) {
    const asked = digestChallengeOf(challenge);
    if (asked !== undefined && (best === undefined || asked.algorithm.strength > best.algorithm.strength)) best = asked;
  }
  return best;
}

function digestChallengeOf({ scheme, params }: Challenge): DigestChallenge | undefined {
  const realm = params.get('realm');
  const nonce = params.get('nonce');
  const algorithm = ALGORITHMS.get((params.get('algorithm') ?? 'MD5').toLowerCase());
  if (scheme !== 'digest' || realm === undefined || nonce === undefined || algorithm === undefined) return undefined;
  const qops = params.get('qop')?.split(',');
  if (qops !== undefined && !qops.some((qop) => qop.trim().toLowerCase() === 'auth')) return undefined;
  // Without qop there is no nonce of ours on the wire, and the server could not compute the first hash.
  if (qops === undefined && algorithm.session) return undefined;
  return { params, realm, nonce, algorithm, stale: params.get('stale')?.toLowerCase() === 'true' };
}

/** With colons between; text is the bytes of a header. */
function joined(parts: readonly (string | Buffer)[]): Buffer {
  const bytes = parts.flatMap((part) => [
    Buffer.from(':'),
    typeof part === 'string' ? Buffer.from(part, 'latin1') : part,
  ]);
  return Buffer.concat(bytes.slice(1));
}

/** In Unicode's form NFC, as `charset=UTF-8` asks (section 4); bytes that are no UTF-8 stay as they are. */
function composed(bytes: Buffer): Buffer {
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? Buffer.from(text.normalize('NFC')) : bytes;
}

function quoted(text: string): string;
function quoted(text: string | undefined): string | undefined;
function quoted(text: string | undefined): string | undefined {
  return text === undefined ? undefined : `"${text.replace(/["\\]/g, '\\$&')}"`;
}
