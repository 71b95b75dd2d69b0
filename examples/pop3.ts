/** POP3 over tp: `pop3.js HOST PORT USER PASSWORD` lists the sizes of the messages that wait. (RFC 1939) */
import { connect } from 'moonsocket/tp';

const [host = 'localhost', port = '995', user = '', password = ''] = process.argv.slice(2);
const tls = port === '110' ? 'never' : 'implicit';
using pop = await connect(host, Number(port), { timeout: 10, tls });

/** The text behind `+OK`. */
async function ok(): Promise<string> {
  const line = await pop.receive();
  if (!line.startsWith('+OK')) throw new Error(line);
  return line.slice(4);
}

console.log(await ok());
await pop.command('USER', user);
await ok();
await pop.command('PASS', password, { secret: true });
await ok();
await pop.command('LIST');
await ok();
for (let line = await pop.receive(); line !== '.'; line = await pop.receive()) console.log(line);
await pop.command('QUIT');
await ok();
