/**
 * The beginning of a session (RFC 959, section 5.4; RFC 4217, section 4):
 *
 *     S: 220 ready
 *     C: AUTH TLS          S: 234 go on        and the handshake
 *     C: USER joe          S: 331 password
 *     C: PASS ****         S: 230 welcome      or 332, for ACCT
 *     C: PBSZ 0, PROT P    S: 200              data goes through TLS, too
 *     C: FEAT              S: 211-Features:    what else it can (RFC 2389)
 */
import { ReplyError, SocketError } from '../../core/errors.ts';
import type { Flow } from '../../core/flow.ts';
import type { Face } from '../../sockets/face.ts';
import type { ProtocolEngine } from '../connect/engine.ts';
import { DialogueClock } from '../tp/clock.ts';
import { commandLine } from '../tp/line.ts';
import { type Opening, opened, upgraded } from '../tp/open.ts';
import type { Reply } from '../tp/reply.ts';
import { FtpConnection } from './connection.ts';
import { type FtpOptions, targetOf } from './options.ts';

/**
 * A session, logged in.
 *
 * @throws SocketError with the system's code, `ERR_TLS_REQUIRED`, `ERR_INVALID_ARGUMENT`; ReplyError, TimeoutError,
 * AbortError; what a proxy and TLS throw
 */
export function* openSession<F extends Face>(
  call: string,
  engine: ProtocolEngine<F>,
  options: FtpOptions<F>,
): Flow<FtpConnection<F>> {
  const target = targetOf(call, options);
  const { proxy, proxyTls, create, log, signal, timeout, timeouts } = options;
  const clock = new DialogueClock(call, timeout, timeouts);
  const end = clock.begin();
  try {
    const how = { call: 'ftp', place: target.place, tls: target.tls, proxy, proxyTls, create, log, signal, clock };
    const opening: Opening<F> = { ...how, refusal: 'ERR_FTP_REPLY' };
    const dialogue = yield* opened(engine, opening);
    const session = new FtpConnection(engine, dialogue, target, options);
    try {
      yield* begin(session, opening);
    } catch (error) {
      session.close();
      throw error;
    }
    return session;
  } finally {
    end();
  }
}

function* begin<F extends Face>(session: FtpConnection<F>, opening: Opening<F>): Flow<void> {
  const { dialogue, target } = session;
  const { signal } = opening;
  keepAlive(session);
  let greeting = yield* dialogue.greeted(['1..', '2..'], signal);
  // 120: ready in some minutes.
  while (greeting.code < 200) greeting = yield* dialogue.reply(['1..', '2..'], signal);
  const isSecure = target.mode === 'implicit' || (yield* secured(session, opening, greeting));
  if (greeting.code !== 230) yield* login(session, signal);
  if (isSecure) yield* protect(session, signal);
  yield* askFeatures(session, signal);
}

/** A connection that says nothing during a long transfer is forgotten by the boxes between. */
function keepAlive<F extends Face>({ dialogue: { client } }: FtpConnection<F>): void {
  if (!('setoption' in client)) return;
  (client.setoption as (name: string, value: boolean) => void).call(client, 'keepalive', true);
}

/** AUTH TLS, before any name is said. False where the session goes on in clear. */
function* secured<F extends Face>(session: FtpConnection<F>, opening: Opening<F>, greeting: Reply): Flow<boolean> {
  const { dialogue, target, engine } = session;
  if (target.mode === 'never') return false;
  // Who is logged in already would not be asked again, and could be whomever the one between has logged in.
  if (greeting.code === 230) throw tlsRequired(session, 'the server logs in before TLS can begin', greeting);
  yield* dialogue.send([commandLine('AUTH', 'TLS')], opening.signal);
  const reply = yield* dialogue.anyReply(opening.signal);
  if (reply.code === 234 || reply.code === 334) {
    yield* upgraded(engine, dialogue, 'AUTH TLS', opening);
    return true;
  }
  if (reply.code >= 500 && target.mode === 'auto' && target.anonymous) return false;
  throw tlsRequired(session, 'the server does not take AUTH TLS', reply);
}

function tlsRequired<F extends Face>({ dialogue, target }: FtpConnection<F>, why: string, reply: Reply): SocketError {
  const text = reply.text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);
  const instead = target.mode === 'auto' ? "; tls: 'never' would send the password in clear" : '';
  return new SocketError(
    'ERR_TLS_REQUIRED',
    `${dialogue.options.name}: ${why}: ${reply.code} ${text}${instead} (ERR_TLS_REQUIRED)`,
    { command: reply.code === 230 ? undefined : 'AUTH TLS', reply: { code: reply.code, text: reply.text } },
  );
}

function* login<F extends Face>({ dialogue, target }: FtpConnection<F>, signal: AbortSignal | undefined): Flow<void> {
  const secret = { secret: true };
  let reply = yield* dialogue.command(commandLine('USER', target.user), ['2..', '331', '332'], signal);
  if (reply.code === 331)
    reply = yield* dialogue.command(commandLine('PASS', target.password, secret), ['2..', '332'], signal);
  if (reply.code !== 332) return;
  const { account } = target;
  if (account === undefined) throw dialogue.refused(reply, 'USER, and no account was given');
  yield* dialogue.command(commandLine('ACCT', account, secret), '2..', signal);
}

/** RFC 4217, section 9: no file goes in clear behind a login that did not. */
function* protect<F extends Face>(session: FtpConnection<F>, signal: AbortSignal | undefined): Flow<void> {
  const { dialogue } = session;
  yield* dialogue.command(commandLine('PBSZ', '0'), '2..', signal);
  yield* dialogue.send([commandLine('PROT', 'P')], signal);
  const reply = yield* dialogue.anyReply(signal);
  if (reply.code < 200 || reply.code > 299) throw tlsRequired(session, 'the server does not take PROT P', reply);
  session.protects = true;
}

/** A server that does not know FEAT has none. */
function* askFeatures<F extends Face>(session: FtpConnection<F>, signal: AbortSignal | undefined): Flow<void> {
  const { dialogue, options } = session;
  let reply: Reply;
  try {
    reply = yield* dialogue.command(commandLine('FEAT'), '2..', signal);
  } catch (error) {
    if (error instanceof ReplyError && error.permanent) return;
    throw error;
  }
  const features = new Map<string, string>();
  for (const line of reply.lines.slice(1, -1)) {
    const [, name, rest = ''] = /^\s*([!-~]+)\s*(.*)$/.exec(line.toString('latin1')) ?? [];
    if (name !== undefined) features.set(name.toUpperCase(), rest.trim());
  }
  session.features = features;
  if (options.encoding === 'latin1' || !features.has('UTF8')) return;
  // Some servers need to be asked (draft-ietf-ftpext-utf-8-option), others say that they always do; none says no in earnest.
  yield* dialogue.send([commandLine('OPTS', 'UTF8 ON')], signal);
  yield* dialogue.anyReply(signal);
}
