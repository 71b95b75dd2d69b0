/** What the HTTP client needs of the await face. */
import type { Failure } from '../core/errors.ts';
import type { HttpEngine } from '../protocol/http/engine.ts';
import { connectTcp } from '../sockets/tcp.ts';
import { awaitRunner } from './runner.ts';
import { tcpEngine } from './tcp.ts';
import { Waiter } from './waiter.ts';

export const httpEngine: HttpEngine<'await'> = {
  dial: (host, port, options) => connectTcp(tcpEngine, awaitRunner, host, port, options),
  sleep: (deadline) => new Waiter<never>().wait(deadline) as Promise<Failure>,
  gate: () => new Waiter(),
};
