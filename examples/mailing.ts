/**
 * A mail for each line of the standard input, an address, in a pool of sessions: `mailing.js URL FROM SUBJECT TEXT`. What the server says
 * no to is printed, and what may have arrived or not: that is not sent again by itself.
 */

import { fd } from 'moonsocket';
import { compose } from 'moonsocket/mail';
import { pool } from 'moonsocket/smtp';

const [url = '', from = '', subject = '', text = ''] = process.argv.slice(2);
const mails = pool(url, { sessions: 3, messages: 50, rate: 20, queue: 100 });
let sent = 0;

for await (const to of fd(0).lines()) {
  // No more mails are in memory than may wait.
  await mails.ready();
  mails.send(compose({ from, to, subject, text })).then(
    () => sent++,
    (error) => console.log(`${to}: ${error.code}`),
  );
}
await mails.close();
console.log(`${sent} sent`);
