/** How a session begins, as it reads in RFC 5321: the greeting, EHLO, STARTTLS and EHLO again, a login. */
import { SocketError } from '../../core/errors.ts';
import type { Flow } from '../../core/flow.ts';
import type { MailFiles } from '../../mail/files.ts';
import type { Face } from '../../sockets/face.ts';
import type { ProtocolEngine } from '../connect/engine.ts';
import type { Dialogue } from '../tp/dialogue.ts';
import { commandLine } from '../tp/line.ts';
import { opened, upgraded } from '../tp/open.ts';
import { Capabilities } from './capabilities.ts';
import { loggedIn } from './login.ts';
import type { SmtpPlan } from './options.ts';

const STARTTLS = commandLine('STARTTLS');

/** A dialogue in which mails may follow. */
export interface Begun<F extends Face> {
  readonly dialogue: Dialogue<F>;
  readonly capabilities: Capabilities;
  /** How this face reads the files of mails. */
  readonly files: MailFiles | undefined;
}

/** @throws as {@link connectSession} of session.ts does; the connection is closed then */
export function* begun<F extends Face>(engine: ProtocolEngine<F>, plan: SmtpPlan<F>): Flow<Begun<F>> {
  const { opening, mode, login } = plan;
  const end = opening.clock.begin();
  let dialogue: Dialogue<F> | undefined;
  try {
    dialogue = yield* opened(engine, opening);
    yield* dialogue.greeted('220', opening.signal);
    let capabilities = yield* hello(dialogue, plan);
    if ((mode === 'auto' || mode === 'required') && (yield* startsTls(dialogue, plan, capabilities))) {
      yield* upgraded(engine, dialogue, 'STARTTLS', opening);
      // Whatever was said in clear, somebody else may have said.
      capabilities = yield* hello(dialogue, plan);
    }
    if (login !== undefined) yield* loggedIn(dialogue, capabilities, login, opening);
    return { dialogue, capabilities, files: engine.mailFiles };
  } catch (error) {
    dialogue?.close();
    throw error;
  } finally {
    end();
  }
}

/** EHLO, and HELO where a server knows no better (RFC 5321, section 3.2). */
function* hello<F extends Face>(dialogue: Dialogue<F>, { lmtp, domain, opening }: SmtpPlan<F>): Flow<Capabilities> {
  const name = domain ?? ownName(dialogue);
  yield* dialogue.send([commandLine(lmtp ? 'LHLO' : 'EHLO', name)], opening.signal);
  const reply = yield* dialogue.anyReply(opening.signal);
  if (reply.code >= 200 && reply.code < 300) return new Capabilities(reply);
  if (lmtp || reply.code < 500) throw dialogue.refused(reply, lmtp ? 'LHLO' : 'EHLO');
  yield* dialogue.command(commandLine('HELO', name), '2..', opening.signal);
  return new Capabilities();
}

/** The address of this side's socket, which is a name that nobody has to look up (RFC 5321, section 4.1.3). */
function ownName<F extends Face>({ client }: Dialogue<F>): string {
  const address = addressOf(client);
  if (address === undefined) return 'localhost';
  return address.includes(':') ? `[IPv6:${address.replace(/%.*$/, '')}]` : `[${address}]`;
}

/** Undefined where the connection has no address: over a Unix socket, in memory, and TLS over those. */
function addressOf(client: object): string | undefined {
  if (!('getsockname' in client)) return undefined;
  try {
    return (client as { getsockname(): { address?: string } }).getsockname().address;
  } catch (error) {
    if (error instanceof SocketError && error.code === 'ERR_UNSUPPORTED') return undefined;
    throw error;
  }
}

/** Whether TLS begins now. @throws SocketError `ERR_TLS_REQUIRED` where it must and does not */
function* startsTls<F extends Face>(
  dialogue: Dialogue<F>,
  { mode, login, opening }: SmtpPlan<F>,
  capabilities: Capabilities,
): Flow<boolean> {
  const { name } = dialogue.options;
  const must = mode === 'required' || login !== undefined;
  const instead = mode === 'required' ? '' : "; tls: 'never' sends a password in clear";
  if (!capabilities.has('STARTTLS')) {
    if (!must) return false;
    throw new SocketError('ERR_TLS_REQUIRED', `${name}: the server has no STARTTLS${instead} (ERR_TLS_REQUIRED)`);
  }
  yield* dialogue.send([STARTTLS], opening.signal);
  const reply = yield* dialogue.anyReply(opening.signal);
  if (reply.code === 220) return true;
  // It closes the connection with that.
  if (reply.code === 421) throw dialogue.refused(reply, 'STARTTLS');
  if (!must) return false;
  const { message } = dialogue.refused(reply, 'STARTTLS');
  throw new SocketError('ERR_TLS_REQUIRED', `${message}: the server begins no TLS${instead} (ERR_TLS_REQUIRED)`, {
    command: 'STARTTLS',
    reply: reply.numbered,
  });
}
