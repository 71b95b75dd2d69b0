/** All cases, topic by topic. */
import { cases as accept } from './cases/accept.ts';
import { cases as connect } from './cases/connect.ts';
import { cases as copy } from './cases/copy.ts';
import { cases as descriptors } from './cases/descriptors.ts';
import { cases as dns } from './cases/dns.ts';
import { cases as errors } from './cases/errors.ts';
import { cases as http } from './cases/http.ts';
import { cases as iteration } from './cases/iteration.ts';
import { cases as lines } from './cases/lines.ts';
import { cases as misuse } from './cases/misuse.ts';
import { cases as options } from './cases/options.ts';
import { cases as select } from './cases/select.ts';
import { cases as send } from './cases/send.ts';
import { cases as stats } from './cases/stats.ts';
import { cases as timeouts } from './cases/timeouts.ts';
import { cases as udp } from './cases/udp.ts';
import { cases as unix } from './cases/unix.ts';
import type { Case } from './support.ts';

export const ALL_CASES: readonly Case[] = [
  ...lines,
  ...timeouts,
  ...send,
  ...copy,
  ...accept,
  ...connect,
  ...udp,
  ...unix,
  ...descriptors,
  ...select,
  ...options,
  ...dns,
  ...stats,
  ...misuse,
  ...errors,
  ...iteration,
  ...http,
];
