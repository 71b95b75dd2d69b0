/** An echo server with a worker for each connection, as with fork(2) in C. Test it with telnet. */
import { setImmediate as turn } from 'node:timers/promises';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { bind, fd, SocketError } from 'moonsocket/blocking';

if (isMainThread) {
  const server = bind('127.0.0.1', 0);
  console.log(`Please telnet to localhost on port ${server.getsockname().port}`);
  for (const client of server) {
    // from here on the connection is the worker's, which closes it
    new Worker(new URL(import.meta.url), { workerData: { fd: client.detach() } });
    await turn(); // workers that have ended are cleared away
  }
} else {
  const client = fd(workerData.fd);
  try {
    for (const line of client.lines()) client.send(`${line}\n`);
  } catch (error) {
    // a client that is gone is no reason to complain
    if (!(error instanceof SocketError)) throw error;
  } finally {
    client.close();
  }
}
