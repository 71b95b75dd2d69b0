/** TLS is a stream as any: the cases of streams, each with its conversation through TLS. */
import { cases as iteration } from '../cases/iteration.ts';
import { cases as lines } from '../cases/lines.ts';
import { cases as select } from '../cases/select.ts';
import { cases as send } from '../cases/send.ts';
import { cases as stats } from '../cases/stats.ts';
import { cases as timeouts } from '../cases/timeouts.ts';
import type { Case } from '../support.ts';
import { TlsPeer } from './support.ts';

/** A reset that comes with the tickets of TLS 1.3: libuv reports it as an end then, which is a cut. streams.ts has its case. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  'send: to a peer that has reset the connection',
  'select: the end, a reset and a closed socket are ready',
]);

export const cases: readonly Case[] = [...lines, ...timeouts, ...send, ...select, ...stats, ...iteration]
  .filter(({ name }) => !ELSEWHERE.has(name))
  .map((one) => ({
    ...one,
    name: `TLS: ${one.name}`,
    run: (face, { port, directory }) => one.run(face, new TlsPeer(port, directory)),
  }));
