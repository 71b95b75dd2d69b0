/** A simple echo server: one line for each connection. Test it with telnet. */
import { bind, SocketError } from 'moonsocket/blocking';

// create a TCP socket and bind it to the local host, at any port
const server = bind('*', 0);
// find out which port the OS chose for us
const { port } = server.getsockname();
console.log(`Please telnet to localhost on port ${port}`);
console.log('After connecting, you have 10s to enter a line to be echoed');
// loop forever waiting for clients
for (const client of server) {
  // make sure we don't wait forever for this client's line
  client.settimeout(10);
  try {
    // receive the line and send it back
    client.send(`${client.receive()}\n`);
  } catch (error) {
    // a client that is slow, or gone, is no reason to stop
    if (!(error instanceof SocketError)) throw error;
    console.log(error.message);
  } finally {
    // done with client, close the object
    client.close();
  }
}
