/** The blocking face, as protocols need it. */
import { resolveObjectURL } from 'node:buffer';
import { Failure, misuse } from '../core/errors.ts';
import { pause } from '../posix/wait.ts';
import type { ProtocolEngine } from '../protocol/connect/engine.ts';
import { TlsContexts } from '../protocol/connect/tls-contexts.ts';
import type { TcpEngine } from '../sockets/engine.ts';
import { upgraded } from '../sockets/open-tls.ts';
import { connectTcp, listenTcp } from '../sockets/tcp.ts';
import { connectUnix } from '../sockets/unix.ts';
import { blockingRunner } from './runner.ts';
import { tcpEngine } from './tcp.ts';
import { tlsEngine } from './tls.ts';
import { unixEngine } from './unix.ts';

/** Over another way to connect, and without TLS. */
export function protocolEngineOver(tcp: TcpEngine): ProtocolEngine<'blocking'> {
  return {
    dial: (host, port, options) => connectTcp(tcp, blockingRunner, host, port, options),
    listen: (address) => listenTcp(tcp, blockingRunner, address),
    sleep: pause,
    gate: () => ({ wait: () => nobodyElse(), waiting: false, wake() {} }),
    bounded: (promise) => promise, // the runner of the flow refuses it
  };
}

export const protocolEngine: ProtocolEngine<'blocking'> = {
  ...protocolEngineOver(tcpEngine),
  local: (path, deadline) => connectUnix(unixEngine, blockingRunner, path, deadline),
  blobAt: (url) => resolveObjectURL(url) as Blob | undefined,
  tls: {
    contexts: new TlsContexts(tlsEngine),
    secure: (call, client, how, deadline, belongs) =>
      upgraded(call, tlsEngine, blockingRunner, client, how, deadline, () => belongs),
  },
};

/** While a call waits, nothing else of its thread can end, and give its connection back. */
function nobodyElse(): Failure {
  const message = 'all connections that the session may have to this server are in use: end the other requests first';
  return new Failure('ERR_BUSY', misuse('ERR_BUSY', message));
}
