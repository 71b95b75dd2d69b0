/** All cases of TLS, topic by topic; for the faces that have it. */
import type { Case } from './support.ts';
import { cases as https } from './tls/https.ts';
import { cases as keys } from './tls/keys.ts';
import { cases as matrix } from './tls/matrix.ts';
import { cases as overTls } from './tls/over-tls.ts';
import { cases as servers } from './tls/servers.ts';
import { cases as streams } from './tls/streams.ts';

export const ALL_CASES: readonly Case[] = [...matrix, ...keys, ...streams, ...servers, ...overTls, ...https];
