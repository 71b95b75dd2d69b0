/** STARTTLS by hand: `starttls.js HOST PORT` asks a mail server for TLS, and prints what it has come to. (RFC 3207) */
import { connect } from 'moonsocket';
import { wrap } from 'moonsocket/tls';

const [host = 'localhost', port = '25'] = process.argv.slice(2);
const plain = await connect(host, Number(port), { timeout: 10 });
plain.settimeout(10);
console.log(await plain.receive()); // 220, the greeting
await plain.send('STARTTLS\r\n');
console.log(await plain.receive()); // 220, go ahead
// bytes that have come by now are refused: somebody may have put them there before TLS began
const mail = await wrap(plain, { servername: host });
const { protocol, verified } = mail.info();
console.log(`${protocol}, ${verified ? 'verified' : 'not verified'}`);
await mail.send('QUIT\r\n');
console.log(await mail.receive());
mail.close();
