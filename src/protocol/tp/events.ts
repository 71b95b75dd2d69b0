/** Commands of FTP and SMTP for `node:diagnostics_channel` (connect/events.ts): each ends with its reply, whatever that says. */
import type { NumberedReply } from '../../core/errors.ts';
import { Events } from '../connect/events.ts';

/** One command: the same object at its start and its end. */
export interface CommandEvent {
  /** The server: `ftp ftp.example:21`. */
  readonly server: string;
  /** Without what is secret in it. */
  readonly command: string;
  /** At its end. */
  reply?: NumberedReply;
  /** Where there is no reply: the connection is lost, or the time is over. */
  error?: unknown;
}

/** By the code of a reply that says no, which each protocol has one of. */
const EVENTS: Readonly<Record<string, Events<CommandEvent>>> = {
  ERR_FTP_REPLY: new Events('ftp:command'),
  ERR_SMTP_REPLY: new Events('smtp:command'),
};

/** A command is about to be sent: what its end is told with. Undefined where nobody listens. */
export function commandBegins(refusal: string, server: string, command: string): CommandEvent | undefined {
  return EVENTS[refusal]?.begin(() => ({ server, command }));
}

/** It has its reply, or none. */
export function commandEnds(
  refusal: string,
  event: CommandEvent,
  reply: NumberedReply | undefined,
  error: unknown,
): void {
  const events = EVENTS[refusal] as Events<CommandEvent>;
  if (reply === undefined) {
    events.fail(event, error);
    return;
  }
  event.reply = reply;
  events.end(event);
}
