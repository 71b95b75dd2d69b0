/**
 * A mail with an attachment: `send-mail.js URL FROM TO SUBJECT FILE…`, its text from the standard input. The URL is the server's, such as
 * `smtp://user@mail.example:587`; MAIL_PASSWORD has the password, which goes out through TLS only.
 */
import { readFileSync } from 'node:fs';
import { compose } from 'moonsocket/mail';
import { connect } from 'moonsocket/smtp';

const [url = '', from = '', to = '', subject = '', ...files] = process.argv.slice(2);
const mail = compose({
  from,
  to,
  subject,
  text: readFileSync(0),
  attachments: files.map((path) => ({ path })),
});

using session = await connect(url, { password: process.env['MAIL_PASSWORD'] });
const { accepted, rejected, reply } = await session.send(mail);
await session.quit();
console.log(`${accepted.join(', ')}: ${reply.text}`);
for (const { address, reply } of rejected) console.log(`${address}: ${reply?.text ?? 'not reached'}`);
