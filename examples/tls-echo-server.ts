/** An echo server through TLS: `tls-echo-server.js CERTIFICATE KEY`, both files in PEM. One line for each connection. */
import { readFileSync } from 'node:fs';
import { SocketError } from 'moonsocket';
import { listen } from 'moonsocket/tls';

const [certificate = 'cert.pem', privateKey = 'key.pem'] = process.argv.slice(2);
const server = await listen('localhost', 0, { cert: readFileSync(certificate), key: readFileSync(privateKey) });
console.log(`Please connect to localhost on port ${server.getsockname().port}, by openssl s_client say`);
// handshakes go on beside each other: a client that is slow with its own delays no other one
for await (const client of server) {
  client.settimeout(10);
  try {
    await client.send(`${await client.receive()}\n`);
  } catch (error) {
    // a client that is slow, or gone, is no reason to stop
    if (!(error instanceof SocketError)) throw error;
    console.log(error.message);
  } finally {
    client.close();
  }
}
