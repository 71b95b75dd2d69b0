/** An echo server with threads, as in C: blocking code in each of them, and one connection at a time. Test it with telnet. */
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { bind, listening, SocketError } from 'moonsocket/blocking';

/** So many connections are served at the same time; more of them wait in the backlog. */
const THREADS = 8;

if (isMainThread) {
  const server = bind('127.0.0.1', 0);
  console.log(`Please telnet to localhost on port ${server.getsockname().port}`);
  // nobody accepts here; the server has to stay all the same, until the last thread has its own
  process.on('exit', () => server.close());
  for (let i = 0; i < THREADS; i++) {
    new Worker(new URL(import.meta.url), { workerData: { fd: server.getfd() } });
  }
} else {
  // a socket belongs to its thread, but all threads may accept from what it listens with
  const server = listening(workerData.fd);
  for (const client of server) {
    try {
      for (const line of client.lines()) client.send(`${line}\n`);
    } catch (error) {
      // a client that is gone is no reason to stop
      if (!(error instanceof SocketError)) throw error;
    } finally {
      client.close();
    }
  }
}
