// The same with a pool of nodemailer's, of one connection.

import { createTransport } from 'nodemailer';
import { HOST, peerPort } from './measure.ts';
import { FROM, SUBJECT, TEXT, TO, timeMails } from './smtp.ts';

const pool = createTransport({
  host: HOST,
  port: peerPort,
  ignoreTLS: true,
  pool: true,
  maxConnections: 1,
  maxMessages: Number.POSITIVE_INFINITY,
});
await timeMails(async (path) => {
  const attachments = path === undefined ? [] : [{ path }];
  await pool.sendMail({ from: FROM, to: TO, subject: SUBJECT, text: TEXT, attachments });
});
