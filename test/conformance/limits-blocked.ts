/** What nothing can do whose calls block: the cases that never end, since they wait for a second call meanwhile. */
import { type Limits, waits } from './limit.ts';

/** The same cases through TLS, which the blocking face has, and what TLS adds. */
export const ONE_CALL_THROUGH_TLS: Limits = {
  ...waits(
    'nobody can close what a call blocks on',
    'TLS: select: a close meanwhile wakes it',
    'TLS: send: a close meanwhile tells what was taken',
    'TLS: close: ends a receive that waits',
  ),
  ...waits(
    'there is no second call while the first blocks',
    'TLS: misuse: two receives at once',
    'TLS: send: those that overlap go out whole, in the order of their calls',
    'TLS: send: one that waits for another has its own time, from its call on',
    'TLS: send: a close ends all that wait',
    'TLS: a call that is under way keeps a connection from being wrapped',
  ),
  ...waits(
    'what is sent comes back, and nobody receives it while the send blocks',
    'TLS: send: 16 MiB in both directions at once',
    'TLS: web: streams pipe from one to another',
  ),
  'TLS: over a pair in memory, both ends here': {
    code: 'ETIMEDOUT',
    says: /^wrap/,
    reason: 'the other end cannot do its handshake while this one blocks',
  },
};

export const ONE_CALL_AT_A_TIME: Limits = {
  ...waits(
    'nobody can close what a call blocks on',
    'accept: iteration that waits ends when the server is closed',
    'accept: a close ends the wait',
    'select: a close meanwhile wakes it',
    'send: a close meanwhile tells what was taken',
    'unix: a send whose socket is closed counts exactly what the kernel has',
    'close: ends a receive that waits',
  ),
  ...waits('as above, until its own timeout of 5 s', 'connect: closing the master ends the wait'),
  ...waits(
    'there is no second call while the first blocks',
    'misuse: two accepts at once',
    'misuse: two receives at once',
    'send: those that overlap go out whole, in the order of their calls',
    'send: those behind one that fails send nothing, and say so',
    'send: one that waits for another has its own time, from its call on',
    'send: a close ends all that wait',
  ),
  ...waits(
    'what is sent comes back, and nobody receives it while the send blocks',
    'send: 16 MiB in both directions at once',
    'pipe: MiBs through a child',
    'pair: a MiB each way at once',
    'web: streams pipe from one to another',
  ),
  ...waits(
    'what a full queue has no room for, the kernel leaves without an answer, and its client waits',
    'accept: the queue is as long as the backlog, and one more is reset',
  ),
};
