// Mails through moonsocket's pool of five sessions.

import { compose } from 'moonsocket/mail';
import { pool } from 'moonsocket/smtp';
import { HOST, peerPort } from './measure.ts';
import { FROM, SUBJECT, TEXT, TO } from './smtp.ts';
import { timePool } from './smtp-pool.ts';

const five = pool(`smtp://${HOST}:${peerPort}`, { tls: 'never', sessions: 5, messages: 1_000_000 });
await timePool(() => five.send(compose({ from: FROM, to: TO, subject: SUBJECT, text: TEXT })));
