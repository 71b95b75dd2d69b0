/**
 * A login (RFC 4954), by whatever mechanism:
 *
 *     AUTH SCRAM-SHA-256 biwsbj11c2VyLHI9…
 *     334 cj0…
 *     Yz1iaXdz…
 *     235 2.7.0 Authentication successful
 */
import { ProtocolError, ReplyError, SocketError } from '../../core/errors.ts';
import { type Flow, type MaybePromise, settle } from '../../core/flow.ts';
import { LOGIN_ROUNDS } from '../../core/limits.ts';
import type { Face } from '../../sockets/face.ts';
import { TlsClient } from '../../sockets/tls.ts';
import { bestMechanism, isBase64, mechanismOf, type SaslMechanism } from '../auth/sasl.ts';
import type { Place } from '../connect/target.ts';
import type { Dialogue } from '../tp/dialogue.ts';
import { answerLine, commandLine } from '../tp/line.ts';
import type { Reply } from '../tp/reply.ts';
import type { Capabilities } from './capabilities.ts';
import type { SmtpLogin } from './options.ts';

/** "Go on": a challenge. */
const CHALLENGE = 334;
/** Gives up a login. */
const CANCEL = answerLine('*');

/** @throws ReplyError or ProtocolError `ERR_AUTH`; what a mechanism throws */
export function* loggedIn<F extends Face>(
  dialogue: Dialogue<F>,
  capabilities: Capabilities,
  login: SmtpLogin,
  { place, signal }: { readonly place: Place; readonly signal?: AbortSignal | undefined },
): Flow<void> {
  const mechanism = yield* chosen(dialogue, capabilities, login, place);
  const { name, initial } = mechanism;
  // RFC 4954, section 4: an initial response of no bytes is "=".
  const first = initial === undefined ? undefined : initial.length === 0 ? '=' : initial.toString('base64');
  const line = first === undefined ? commandLine(`AUTH ${name}`) : commandLine(`AUTH ${name}`, first, { secret: true });
  yield* dialogue.send([line], signal);
  for (let round = 0; ; round++) {
    const reply = yield* dialogue.anyReply(signal);
    if (reply.code === 235) {
      mechanism.accepted?.();
      return;
    }
    if (reply.code !== CHALLENGE) throw refusal(dialogue, reply, name);
    yield* dialogue.write([yield* answer(dialogue, mechanism, reply, round)], signal);
  }
}

/** The answer to a challenge; where there is none, the login is given up. */
function* answer<F extends Face>(
  dialogue: Dialogue<F>,
  mechanism: SaslMechanism,
  { text }: Reply,
  round: number,
): Flow<ReturnType<typeof answerLine>> {
  try {
    if (round >= LOGIN_ROUNDS)
      throw new ProtocolError(
        'ERR_AUTH',
        `${dialogue.options.name}: the login is not over after ${LOGIN_ROUNDS} rounds (ERR_AUTH)`,
      );
    const challenge = text.trim();
    if (!isBase64(challenge)) {
      // What LOGIN asks is for people, and servers say it in clear, too.
      if (mechanism.name !== 'LOGIN')
        throw new ProtocolError('ERR_AUTH', `${dialogue.options.name}: a challenge that is no base64 (ERR_AUTH)`);
    }
    return answerLine(mechanism.answer(Buffer.from(challenge, 'base64')).toString('base64'), { secret: true });
  } catch (error) {
    yield* cancelled(dialogue);
    throw error;
  }
}

/** Gives up the login; the reason for that is the error to report, whatever comes of it. */
function* cancelled<F extends Face>(dialogue: Dialogue<F>): Flow<void> {
  try {
    yield* dialogue.write([CANCEL]);
    yield* dialogue.anyReply();
  } catch {
    dialogue.close();
  }
}

function* chosen<F extends Face>(
  dialogue: Dialogue<F>,
  { mechanisms }: Capabilities,
  { user, password, token, auth }: SmtpLogin,
  { host, port }: Place,
): Flow<SaslMechanism> {
  if (typeof auth === 'object') return auth;
  const given = typeof token === 'function' ? yield* settle<MaybePromise<string>>(token()) : token;
  const binding = bindingOf(dialogue.client);
  const bindingOffered = mechanisms.has('SCRAM-SHA-256-PLUS');
  const credentials = { user, password, token: given as string | undefined, host, port, binding, bindingOffered };
  const name = auth ?? bestMechanism(credentials, mechanisms);
  if (name !== undefined && (auth !== undefined || mechanisms.has(name))) return mechanismOf(name, credentials);
  const offered = mechanisms.size === 0 ? 'no AUTH' : `AUTH ${[...mechanisms].join(' ')}`;
  throw new SocketError(
    'ERR_AUTH',
    `${dialogue.options.name}: the server offers ${offered}, and none of it goes with this login (ERR_AUTH)`,
  );
}

/**
 * The value that both ends of TLS 1.3 derive from it (RFC 9266). With TLS 1.2 it is unique only with the extended master
 * secret, and node:tls does not say whether there is one.
 */
function bindingOf(client: object): Buffer | undefined {
  if (!(client instanceof TlsClient) || client.info().protocol !== 'TLSv1.3') return undefined;
  try {
    return client.exportkeyingmaterial(32, 'EXPORTER-Channel-Binding', new Uint8Array(0));
  } catch (error) {
    if (error instanceof SocketError && error.code === 'ERR_UNSUPPORTED') return undefined;
    throw error;
  }
}

function refusal<F extends Face>(dialogue: Dialogue<F>, reply: Reply, name: string): ReplyError {
  const { message } = dialogue.refused(reply, `AUTH ${name}`);
  return new ReplyError('ERR_AUTH', message.replace(/\(ERR_SMTP_REPLY\)$/, '(ERR_AUTH)'), {
    command: `AUTH ${name}`,
    reply: reply.numbered,
  });
}
