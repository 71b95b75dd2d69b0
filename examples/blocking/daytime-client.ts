/** A simple daytime client: asks a UDP daytime server for the time (RFC 867). */
import { dns, SocketError, udp } from 'moonsocket/blocking';

// the host and port to contact
const [host = 'localhost', port = '13'] = process.argv.slice(2);
// convert host name to ip address
const [ip] = dns.toip(host);
// create a new UDP object, which does not wait forever
const daytime = udp();
daytime.settimeout(5);
try {
  // contact daytime host
  daytime.sendto('anything', ip, Number(port));
  // retrieve the answer and print results
  console.log(String(daytime.receive()));
} catch (error) {
  if (!(error instanceof SocketError)) throw error;
  console.log(`no answer: ${error.message}`);
  process.exitCode = 1;
} finally {
  daytime.close();
}
