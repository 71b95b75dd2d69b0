/** The await face, as protocols need it. */
import { resolveObjectURL } from 'node:buffer';
import { Failure, type Outcome } from '../core/errors.ts';
import type { Deadline } from '../core/timeout.ts';
import type { ProtocolEngine } from '../protocol/connect/engine.ts';
import { TlsContexts } from '../protocol/connect/tls-contexts.ts';
import { upgraded } from '../sockets/open-tls.ts';
import { connectTcp, listenTcp } from '../sockets/tcp.ts';
import { connectUnix } from '../sockets/unix.ts';
import { mailFiles } from './mail-files.ts';
import { awaitRunner } from './runner.ts';
import { tcpEngine } from './tcp.ts';
import { setTimeout } from './timers.ts';
import { tlsEngine } from './tls.ts';
import { unixEngine } from './unix.ts';
import { Waiter } from './waiter.ts';

export const protocolEngine: ProtocolEngine<'await'> = {
  tls: {
    contexts: new TlsContexts(tlsEngine),
    secure: (call, client, how, deadline, belongs) =>
      upgraded(call, tlsEngine, awaitRunner, client, how, deadline, () => belongs),
  },
  dial: (host, port, options) => connectTcp(tcpEngine, awaitRunner, host, port, options),
  local: (path, deadline) => connectUnix(unixEngine, awaitRunner, path, deadline),
  listen: (address) => listenTcp(tcpEngine, awaitRunner, address),
  sleep: (deadline) => new Waiter<never>().wait(deadline) as Promise<Failure>,
  gate: () => new Waiter(),
  later: (seconds, call) => {
    setTimeout(call, seconds * 1000).unref();
  },
  bounded,
  mailFiles,
  blobAt: (url) => resolveObjectURL(url) as Blob | undefined,
};

async function bounded<T>(promise: PromiseLike<T>, deadline: Deadline, late: (value: T) => void): Promise<Outcome<T>> {
  const waiter = new Waiter<void>();
  const answer = Promise.resolve(promise);
  answer.then(
    (value) => (waiter.waiting ? waiter.wake(undefined) : late(value)),
    () => waiter.wake(undefined),
  );
  const outcome = await waiter.wait(deadline);
  return outcome instanceof Failure ? outcome : await answer;
}
