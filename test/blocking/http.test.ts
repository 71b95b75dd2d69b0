/** HTTP of the blocking face where it fails: what the caller gets to know, and what is closed. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { bind, SocketError } from '../../src/entry/blocking.ts';
import { fetch, request, session } from '../../src/entry/http-blocking.ts';
import { openDescriptors } from '../reliability/harness.ts';
import { refused } from './support.ts';

/** The same call, whose error is the cause of what `fetch` throws, with the stack of both. */
function uncovered(ask: () => unknown): () => unknown {
  return () => {
    try {
      return ask();
    } catch (error) {
      const { cause, stack } = error as Error;
      if (!(error instanceof TypeError) || !(cause instanceof SocketError)) throw error;
      cause.stack = `${stack}\n${cause.stack}`;
      throw cause;
    }
  };
}

/** A port that was just free. */
function freePort(): number {
  const server = bind('127.0.0.1', 0);
  const { port } = server.getsockname();
  server.close();
  return port;
}

it('a refused connection names the request, and the line that asked', () => {
  const url = `http://127.0.0.1:${freePort()}/x?key=secret`;
  const kept = session();
  const before = openDescriptors().length;
  for (const ask of [request, fetch, (url: string) => kept.request(url), (url: string) => kept.fetch(url)]) {
    const theCaller = (): unknown => ask(url);
    const { message, stack } = refused(uncovered(theCaller), 'ECONNREFUSED');
    assert.match(message, /^GET http:\/\/127\.0\.0\.1:\d+\/x\?…: connect /);
    assert.match(String(stack), /theCaller .*http\.test/);
    assert.doesNotMatch(String(stack), /secret/);
  }
  assert.equal(openDescriptors().length, before);
  kept.close();
});

it('a server that takes the connection and says nothing is left in time, by request, fetch and session', () => {
  const server = bind('127.0.0.1', 0);
  const url = `http://127.0.0.1:${server.getsockname().port}/`;
  const kept = session({ connections: 1 });
  const before = openDescriptors().length;
  const timeouts = { headers: 0.05 };
  for (const ask of [
    () => request({ url, timeouts }),
    () => fetch(url, { timeouts }),
    () => kept.request({ url, timeouts }),
    () => kept.fetch(url, { timeouts }),
  ]) {
    const error = refused(uncovered(ask), 'ETIMEDOUT', 'timeouts.headers is 0.05 s');
    assert.equal(error.phase, 'waiting for the reply');
  }
  assert.equal(openDescriptors().length, before);
  kept.close();
  server.close();
});

it('arguments that are none are refused before there is a connection', () => {
  refused(() => request(undefined as never), 'ERR_INVALID_ARGUMENT', 'not undefined');
  refused(() => request({ url: 'http://127.0.0.1:1/', body: 'x' } as never), 'ERR_INVALID_ARGUMENT', '`source`');
  refused(() => session({ connections: 0 }), 'ERR_INVALID_ARGUMENT', 'connections');
  const badly = (): unknown => fetch('http://127.0.0.1:1/', { timeout: 'soon' as never });
  refused(uncovered(badly), 'ERR_INVALID_ARGUMENT', 'timeout is a number');
  assert.throws(badly, TypeError);
  assert.throws(() => fetch('/relative'), TypeError);
});
