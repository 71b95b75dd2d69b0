/** What the HTTP client needs of the blocking face. */
import { Failure, misuse } from '../core/errors.ts';
import type { HttpEngine } from '../protocol/http/engine.ts';
import { connectTcp } from '../sockets/tcp.ts';
import { blockingRunner } from './runner.ts';
import { tcpEngine } from './tcp.ts';
import { pause } from './wait.ts';

export const httpEngine: HttpEngine<'blocking'> = {
  dial: (host, port, options) => connectTcp(tcpEngine, blockingRunner, host, port, options),
  sleep: pause,
  gate: () => ({ wait: () => nobodyElse(), waiting: false, wake() {} }),
  bounded: (promise) => promise, // whoever runs the flow refuses it
};

/** While a call waits, nothing else of its thread can end, and give its connection back. */
function nobodyElse(): Failure {
  const message = 'all connections that the session may have to this server are in use: end the other requests first';
  return new Failure('ERR_BUSY', misuse('ERR_BUSY', message));
}
