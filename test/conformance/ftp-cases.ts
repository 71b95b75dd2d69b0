/** All cases of FTP, topic by topic; for the faces that have it. */
import { cases as mirrorFaults } from './ftp/mirror-faults.ts';
import { cases as mirrors } from './ftp/mirrors.ts';
import { cases as sessions } from './ftp/sessions.ts';
import { cases as tls } from './ftp/tls.ts';
import type { Case } from './support.ts';

export const ALL_CASES: readonly Case[] = [...sessions, ...tls, ...mirrors, ...mirrorFaults];
