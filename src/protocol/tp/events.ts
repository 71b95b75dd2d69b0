/**
 * Commands of FTP and SMTP for `node:diagnostics_channel`: tracers and profilers subscribe, and nothing is spent where they
 * do not.
 *
 *     moonsocket:ftp:command:start    the command is about to be sent
 *     moonsocket:ftp:command:end      its reply has come, whatever it says
 *     moonsocket:ftp:command:error    no reply has come: the connection is lost, or the time is over
 */
import { type Channel, channel } from 'node:diagnostics_channel';
import type { NumberedReply } from '../../core/errors.ts';

/** One command: the same object at its start and its end. */
export interface CommandEvent {
  /** The server: `ftp ftp.example:21`. */
  readonly server: string;
  /** Without what is secret in it. */
  readonly command: string;
  /** At its end. */
  reply?: NumberedReply;
  /** Where there is no reply. */
  error?: unknown;
}

/** The channels of one protocol. */
export interface CommandChannels {
  readonly start: Channel;
  readonly end: Channel;
  readonly error: Channel;
}

function named(protocol: 'ftp' | 'smtp'): CommandChannels {
  const of = (when: string): Channel => channel(`moonsocket:${protocol}:command:${when}`);
  return { start: of('start'), end: of('end'), error: of('error') };
}

/** By the code of a reply that says no, which each protocol has one of. */
const CHANNELS: Readonly<Record<string, CommandChannels>> = {
  ERR_FTP_REPLY: named('ftp'),
  ERR_SMTP_REPLY: named('smtp'),
};

/** A command is about to be sent: what its end is told with. Undefined where nobody listens. */
export function commandBegins(refusal: string, server: string, command: string): CommandEvent | undefined {
  const channels = CHANNELS[refusal];
  if (channels === undefined) return undefined;
  const { start, end, error } = channels;
  if (!start.hasSubscribers && !end.hasSubscribers && !error.hasSubscribers) return undefined;
  const event: CommandEvent = { server, command };
  start.publish(event);
  return event;
}

/** It has its reply, or none. */
export function commandEnds(
  refusal: string,
  event: CommandEvent,
  reply: NumberedReply | undefined,
  error: unknown,
): void {
  const channels = CHANNELS[refusal] as CommandChannels;
  if (reply !== undefined) {
    event.reply = reply;
    channels.end.publish(event);
  } else {
    event.error = error;
    channels.error.publish(event);
  }
}
