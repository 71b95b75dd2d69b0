/** An echo server through TLS: `tls-echo-server.js CERTIFICATE KEY`, both files in PEM. One line for each connection. */
import { readFileSync } from 'node:fs';
import { SocketError } from 'moonsocket/blocking';
import { listen } from 'moonsocket/blocking/tls';

const [certificate = 'cert.pem', privateKey = 'key.pem'] = process.argv.slice(2);
const server = listen('localhost', 0, { cert: readFileSync(certificate), key: readFileSync(privateKey) });
console.log(`Please connect to localhost on port ${server.getsockname().port}, by openssl s_client say`);
// handshakes go on beside each other: a client that is slow with its own delays no other one
for (const client of server) {
  client.settimeout(10);
  try {
    client.send(`${client.receive()}\n`);
  } catch (error) {
    // a client that is slow, or gone, is no reason to stop
    if (!(error instanceof SocketError)) throw error;
    console.log(error.message);
  } finally {
    client.close();
  }
}
