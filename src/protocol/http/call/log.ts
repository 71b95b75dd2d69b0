/** The heads of an exchange, as lines of a log: whole, but for the values of headers that are secret by their names. */
import type { DialogueLog } from '../../connect/log.ts';
import type { PreparedRequest } from '../wire/exchange.ts';
import type { ReplyHead } from '../wire/head.ts';

/** Headers whose values open doors: the standards' own, and the names that services give to theirs. */
const SECRET = /^(?:(?:proxy-)?authorization|(?:set-)?cookie2?|.*(?:api-?key|token|secret|passw|session).*)$/i;

/** The request, whose head is logged here and now, and whose informational replies will be. */
export function watched(log: DialogueLog, message: PreparedRequest): PreparedRequest {
  const { head, onInformational } = message;
  // An empty line ends it.
  const lines = head.toString('latin1').split('\r\n').slice(0, -2);
  for (const [i, line] of lines.entries()) log('>', i === 0 ? line : covered(line));
  return {
    ...message,
    onInformational(reply) {
      watchReply(log, reply);
      onInformational?.(reply);
    },
  };
}

/** The head of a reply. */
export function watchReply(log: DialogueLog, { status, headers }: ReplyHead): void {
  log('<', status);
  for (const [name, value] of headers) log('<', covered(`${name}: ${value}`));
}

/** `Authorization: Basic ****`: the scheme is no secret, and says which login was tried. */
function covered(line: string): string {
  const [, name = '', value = ''] = /^([^:]*): ?(.*)$/s.exec(line) ?? [];
  if (!SECRET.test(name)) return line;
  const scheme = /authorization$/i.test(name) ? (/^[\w-]+(?= )/.exec(value)?.[0] ?? '') : '';
  return `${name}: ${scheme}${scheme === '' ? '' : ' '}****`;
}
