/** Batches of datagrams: one call of the system for many, where it has one (Linux). */
import { Failure, type Outcome } from '../core/errors.ts';
import type { Deadline } from '../core/timeout.ts';
import * as libc from '../posix/libc/functions.ts';
import { C } from '../posix/libc/functions.ts';
import { Messages } from '../posix/libc/messages.ts';
import type { Packed, SenderNames } from '../posix/libc/sockaddr.ts';
import { READABLE, WRITABLE } from '../posix/wait.ts';
import type { Datagram, Outgoing } from '../sockets/engine.ts';
import { afterFailure } from './socket-io.ts';

/** Whether the system takes batches. */
export const CAN_BATCH: boolean = libc.sendmmsg !== undefined && libc.recvmmsg !== undefined;

/** The most datagrams, and bytes, that one call of the system takes here: more go in several, as fast. */
const MOST = 64;
const MOST_BYTES = 4_194_304;

/** Memory of the last batch, for the next. Nothing in it outlives a call. */
let room = new Messages(MOST, 2048);

/** Room for datagrams of `size` bytes: for `count` of them, or as many as there may be. */
function roomFor(count: number, size: number): { messages: Messages; fits: number } {
  const fits = Math.min(count, MOST, Math.max(1, Math.floor(MOST_BYTES / Math.max(1, size))));
  if (room.count < fits || room.size < size) room = new Messages(fits, size);
  return { messages: room, fits };
}

/** How many of the datagrams from `first` on were sent, by one call: at least one, or why none was. */
export function sendBatch(
  fd: number,
  datagrams: readonly Outgoing[],
  first: number,
  packed: (to: NonNullable<Outgoing['to']>) => Outcome<Packed>,
  deadline: Deadline,
): Outcome<number> {
  const size = datagrams.reduce((most, { data }) => Math.max(most, data.length), 0);
  const { messages, fits } = roomFor(datagrams.length - first, size);
  for (let i = 0; i < fits; i++) {
    const { data, to } = datagrams[first + i] as Outgoing;
    const name = to === undefined ? undefined : packed(to);
    if (name instanceof Failure) return name;
    messages.put(i, data, name);
  }
  for (;;) {
    const sent = (libc.sendmmsg as NonNullable<typeof libc.sendmmsg>)(
      fd,
      messages.headers,
      fits,
      C.MSG_DONTWAIT | C.MSG_NOSIGNAL,
    );
    if (sent > 0) return sent;
    const waited = afterFailure(fd, WRITABLE, deadline);
    if (waited !== undefined) return waited;
  }
}

/** Waits for a datagram, and gives with it what else is there, by one call. */
export function receiveBatch(
  fd: number,
  count: number,
  size: number,
  names: SenderNames,
  deadline: Deadline,
): Outcome<Datagram[]> {
  const { messages, fits } = roomFor(count, size);
  for (;;) {
    messages.expect(fits, size);
    const came = (libc.recvmmsg as NonNullable<typeof libc.recvmmsg>)(
      fd,
      messages.headers,
      fits,
      // With MSG_TRUNC a datagram's length is its own, however much of it there was room for.
      C.MSG_DONTWAIT | C.MSG_TRUNC,
      null,
    );
    if (came > 0) {
      const datagrams: Datagram[] = [];
      for (let i = 0; i < came; i++) datagrams.push(datagramAt(messages, i, size, names));
      return datagrams;
    }
    const waited = afterFailure(fd, READABLE, deadline);
    if (waited !== undefined) return waited;
  }
}

function datagramAt(messages: Messages, i: number, size: number, names: SenderNames): Datagram {
  const length = messages.lengthOf(i);
  const { address, port, family } = messages.senderOf(i, names);
  return { data: messages.dataOf(i, Math.min(length, size)), address, port, family, size: length };
}
