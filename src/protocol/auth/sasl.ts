/**
 * Logins by SASL (RFC 4422), as computation: each mechanism is what this side says first, and its answers to what the server asks.
 *
 *     PLAIN          NUL user NUL password                                    RFC 4616
 *     LOGIN          user, password, when each is asked for                   draft-murchison-sasl-login
 *     CRAM-MD5       user and HMAC-MD5(password, challenge)                   RFC 2195
 *     SCRAM-SHA-256  a proof of the password, and the server's proof          RFC 5802, RFC 7677
 *     …-PLUS         the same, bound to the TLS that it goes through          RFC 9266 (tls-exporter)
 *     XOAUTH2        a token, as Google has it
 *     OAUTHBEARER    a token, as RFC 7628 has it
 */
import { badArgument, ProtocolError } from '../../core/errors.ts';
import { SCRAM_ITERATIONS } from '../../core/limits.ts';
import { shown } from '../../core/shown.ts';
import { hmacOf, pbkdf2Of, randomText, sameBytes, sha256Of } from './crypto.ts';

/** One login. Make a new one for each: it keeps where it stands. */
export interface SaslMechanism {
  /** Its registered name, such as `PLAIN`. */
  readonly name: string;
  /** What this side says first; undefined where the server speaks first. */
  readonly initial?: Buffer | undefined;
  /** The answer to what the server has asked. It throws where the server has no right to ask that. */
  answer(challenge: Buffer): Buffer;
  /** Throws where the server says yes and has not proved that it knows the password. */
  accepted?(): void;
}

/** Who logs in, and by what. */
export interface SaslCredentials {
  readonly user: string;
  /** Any bytes; a string is UTF-8. */
  readonly password?: string | Uint8Array | undefined;
  /** A token of OAuth 2. */
  readonly token?: string | undefined;
  /** The server, which OAUTHBEARER names. */
  readonly host: string;
  readonly port: number;
  /** What both ends of this TLS alone know (tls-exporter, RFC 9266); undefined without TLS, and where it gives none. */
  readonly binding?: Buffer | undefined;
  /** Whether the server offers a mechanism with channel binding. */
  readonly bindingOffered?: boolean | undefined;
}

const PLUS = 'SCRAM-SHA-256-PLUS';
const WITH_PASSWORD = {
  [PLUS]: scramSha256Plus,
  'SCRAM-SHA-256': scramSha256,
  'CRAM-MD5': cramMd5,
  PLAIN: plain,
  LOGIN: login,
} as const;
const WITH_TOKEN = { OAUTHBEARER: oauthBearer, XOAUTH2: xoauth2 } as const;

/** The mechanisms that are here, the strongest first. */
export const MECHANISMS = [
  'SCRAM-SHA-256-PLUS',
  'SCRAM-SHA-256',
  'CRAM-MD5',
  'PLAIN',
  'LOGIN',
  'OAUTHBEARER',
  'XOAUTH2',
] as const;
/** A mechanism, by its registered name. */
export type MechanismName = (typeof MECHANISMS)[number];

/** The strongest mechanism that is offered and goes with these credentials; undefined if there is none. */
export function bestMechanism(credentials: SaslCredentials, offered: ReadonlySet<string>): MechanismName | undefined {
  const able = credentials.token === undefined ? WITH_PASSWORD : WITH_TOKEN;
  const isAble = (name: MechanismName) => name in able && (name !== PLUS || credentials.binding !== undefined);
  return MECHANISMS.find((name) => isAble(name) && offered.has(name));
}

/** A login by this mechanism. @throws SocketError `ERR_INVALID_ARGUMENT` for credentials that it cannot take */
export function mechanismOf(name: MechanismName, credentials: SaslCredentials): SaslMechanism {
  if (credentials.user.includes('\0')) throw badArgument('user: has no NUL');
  if (name === 'OAUTHBEARER' || name === 'XOAUTH2') {
    const { token } = credentials;
    if (token === undefined || !/^[!-~]+$/.test(token)) throw badArgument(`${name}: takes a token of printable ASCII`);
    return WITH_TOKEN[name](credentials, token);
  }
  if (!Object.hasOwn(WITH_PASSWORD, name))
    throw badArgument(`auth: ${MECHANISMS.join(', ')}, or a mechanism of yours, not ${shown(name)}`);
  if (credentials.password === undefined) throw badArgument(`${name}: takes a password`);
  return WITH_PASSWORD[name](credentials.user, Buffer.from(credentials.password as string), credentials);
}

function plain(user: string, password: Buffer): SaslMechanism {
  if (password.includes(0)) throw badArgument('PLAIN: a password has no NUL (RFC 4616)');
  const initial = Buffer.concat([Buffer.from(`\0${user}\0`), password]);
  // A server that has overlooked the initial response asks for it.
  return { name: 'PLAIN', initial, answer: once('PLAIN', [initial]) };
}

function login(user: string, password: Buffer): SaslMechanism {
  return { name: 'LOGIN', answer: once('LOGIN', [Buffer.from(user), password]) };
}

function cramMd5(user: string, password: Buffer): SaslMechanism {
  let asked = false;
  return {
    name: 'CRAM-MD5',
    answer: (challenge) => {
      if (asked) throw outOfTurn('CRAM-MD5');
      asked = true;
      return Buffer.from(`${user} ${hmacOf('md5', password, challenge).toString('hex')}`);
    },
  };
}

function xoauth2({ user }: SaslCredentials, token: string): SaslMechanism {
  const initial = Buffer.from(`user=${user}\x01auth=Bearer ${token}\x01\x01`);
  // What is asked then is the reason of a no, which follows an empty answer.
  return { name: 'XOAUTH2', initial, answer: once('XOAUTH2', [Buffer.alloc(0)]) };
}

function oauthBearer({ user, host, port }: SaslCredentials, token: string): SaslMechanism {
  const initial = Buffer.from(
    `n,a=${escapedName(user)},\x01host=${host}\x01port=${port}\x01auth=Bearer ${token}\x01\x01`,
  );
  // RFC 7628, section 3.2.3: the reason of a no, which follows this answer.
  return { name: 'OAUTHBEARER', initial, answer: once('OAUTHBEARER', [Buffer.from('\x01')]) };
}

function scramSha256Plus(user: string, password: Buffer, { binding }: SaslCredentials): SaslMechanism {
  if (binding === undefined)
    throw badArgument(`${PLUS}: is bound to TLS 1.3, and this connection has none that gives a binding`);
  return scram(PLUS, user, password, 'p=tls-exporter,,', binding);
}

/** A server that hears "y" and offers a binding knows that somebody between has kept its offer back (RFC 5802, section 6). */
function scramSha256(user: string, password: Buffer, { binding, bindingOffered }: SaslCredentials): SaslMechanism {
  const header = binding !== undefined && bindingOffered !== true ? 'y,,' : 'n,,';
  return scram('SCRAM-SHA-256', user, password, header, Buffer.alloc(0));
}

/**
 *     client  n,,n=user,r=ours                          the first message, without its header, is part of what is signed
 *     server  r=ours+theirs,s=salt,i=iterations
 *     client  c=biws,r=ours+theirs,p=proof              c: the header, with what it is bound to
 *     server  v=the server's signature
 */
function scram(name: string, user: string, password: Buffer, header: string, binding: Buffer): SaslMechanism {
  const nonce = randomText();
  const first = `n=${escapedName(user)},r=${nonce}`;
  let state: 'first' | 'final' | 'proved' = 'first';
  let signature: Buffer = Buffer.alloc(0);

  function final(challenge: string): Buffer {
    const { r = '', s = '', i = '' } = attributesOf(challenge);
    const iterations = Number(i);
    if (!r.startsWith(nonce) || r === nonce || !/^[!-+\--~]+$/.test(r)) throw wrong("the server's nonce is not one");
    if (!isBase64(s) || s === '') throw wrong('its salt is no base64');
    if (!/^\d{1,9}$/.test(i) || iterations < 1 || iterations > SCRAM_ITERATIONS)
      throw wrong(`${shown(i)} iterations, of at most ${SCRAM_ITERATIONS}`);
    const salted = pbkdf2Of(password, Buffer.from(s, 'base64'), iterations);
    const clientKey = hmacOf('sha256', salted, 'Client Key');
    const bound = Buffer.concat([Buffer.from(header), binding]).toString('base64');
    const rest = `c=${bound},r=${r}`;
    const message = `${first},${challenge},${rest}`;
    const proof = hmacOf('sha256', sha256Of(clientKey), message);
    for (const [at, byte] of clientKey.entries()) proof[at] = (proof[at] as number) ^ byte;
    signature = hmacOf('sha256', hmacOf('sha256', salted, 'Server Key'), message);
    return Buffer.from(`${rest},p=${proof.toString('base64')}`);
  }

  function prove(challenge: string): Buffer {
    const { v = '', e } = attributesOf(challenge);
    if (e !== undefined) throw wrong(`the server says ${shown(e)}`);
    if (!sameBytes(Buffer.from(v, 'base64'), signature)) throw wrong('the server does not know the password');
    return Buffer.alloc(0);
  }

  return {
    name,
    initial: Buffer.from(`${header}${first}`),
    answer: (challenge) => {
      if (state === 'proved') throw outOfTurn(name);
      const wasFirst = state === 'first';
      state = wasFirst ? 'final' : 'proved';
      return wasFirst ? final(challenge.toString()) : prove(challenge.toString());
    },
    accepted: () => {
      if (state !== 'proved') throw wrong('the server says yes, and has not proved that it knows the password');
    },
  };
}

/** RFC 5802, section 5.1: `=` and `,` of a name are escaped. */
function escapedName(user: string): string {
  return user.normalize('NFKC').replace(/[=,]/g, (character) => (character === '=' ? '=3D' : '=2C'));
}

function attributesOf(message: string): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(message.split(',').map((attribute) => [attribute.slice(0, 1), attribute.slice(2)]));
}

/** Whether it is base64 without blanks, with its padding. */
export function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

/** These answers, one after the other, whatever is asked. */
function once(name: string, answers: readonly Buffer[]): (challenge: Buffer) => Buffer {
  let at = 0;
  return () => {
    const answer = answers[at++];
    if (answer === undefined) throw outOfTurn(name);
    return answer;
  };
}

function outOfTurn(name: string): ProtocolError {
  return new ProtocolError('ERR_AUTH', `${name}: the server asks for more than there is to say (ERR_AUTH)`);
}

function wrong(what: string): ProtocolError {
  return new ProtocolError('ERR_AUTH', `SCRAM-SHA-256: ${what} (ERR_AUTH)`);
}
