// The same with nodemailer's pool of five connections.

import { createTransport } from 'nodemailer';
import { HOST, peerPort } from './measure.ts';
import { FROM, SUBJECT, TEXT, TO } from './smtp.ts';
import { timePool } from './smtp-pool.ts';

const five = createTransport({
  host: HOST,
  port: peerPort,
  ignoreTLS: true,
  pool: true,
  maxConnections: 5,
  maxMessages: Number.POSITIVE_INFINITY,
});
await timePool(() => five.sendMail({ from: FROM, to: TO, subject: SUBJECT, text: TEXT }));
