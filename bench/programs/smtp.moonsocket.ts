// Mails with moonsocket, over one session.

import { compose } from 'moonsocket/mail';
import { connect } from 'moonsocket/smtp';
import { HOST, peerPort } from './measure.ts';
import { FROM, SUBJECT, TEXT, TO, timeMails } from './smtp.ts';

const session = await connect(`smtp://${HOST}:${peerPort}`, { tls: 'never' });
await timeMails(async (path) => {
  const attachments = path === undefined ? [] : [{ path }];
  await session.send(compose({ from: FROM, to: TO, subject: SUBJECT, text: TEXT, attachments }));
});
