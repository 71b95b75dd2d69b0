// The same with moonsocket's blocking face.

import { compose } from '../../src/entry/mail.ts';
import { connect } from '../../src/entry/smtp-blocking.ts';
import { HOST, peerPort } from './measure.ts';
import { FROM, SUBJECT, TEXT, TO, timeMails } from './smtp.ts';

const session = connect(`smtp://${HOST}:${peerPort}`, { tls: 'never' });
await timeMails((path) => {
  const attachments = path === undefined ? [] : [{ path }];
  session.send(compose({ from: FROM, to: TO, subject: SUBJECT, text: TEXT, attachments }));
});
