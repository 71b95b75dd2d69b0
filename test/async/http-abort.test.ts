/** A signal that ends a request in each of its phases (case 157): at once, and the session is as good as new. */
import assert from 'node:assert/strict';
import { type HttpRequest, session } from '../../src/entry/http.ts';
import { AbortError, sleep } from '../../src/entry/index.ts';
import { eventually } from '../peers/tools.ts';
import { ok, to } from '../protocol/http/network.ts';
import { duration, fails, fault } from '../reliability/harness.ts';
import { type Asked, serve } from './http-server.ts';

const REASON = new Error('enough');
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n';

const PHASES: readonly {
  readonly phase: string;
  /** What the server does; `reached` says that it is time to abort. */
  readonly answer?: (asked: Asked, reached: () => void) => Promise<unknown>;
  readonly options?: (reached: () => void) => Omit<HttpRequest, 'create'>;
}[] = [
  {
    phase: 'before it began',
    options: (reached) => {
      reached();
      return {};
    },
  },
  {
    phase: 'connecting',
    options: (reached) => {
      queueMicrotask(reached);
      return { method: 'POST' }; // which takes no connection that is there
    },
  },
  {
    phase: 'sending the request',
    answer: async ({ client }, reached) => {
      await sleep(0.02);
      reached();
      for (;;) await client.receive(65_536); // what had gone out, and the end
    },
    options: () => ({ method: 'PUT', source: Buffer.alloc(20_000_000) }),
  },
  {
    phase: 'in its source',
    options: (reached) => ({
      method: 'PUT',
      source: async () => {
        setTimeout(reached, 10);
        await new Promise((resolve) => setTimeout(resolve, 20));
        return Buffer.from('x');
      },
    }),
  },
  { phase: 'waiting for the reply', answer: async (_, reached) => reached() },
  { phase: 'in the head', answer: async ({ client }, reached) => client.send(HEAD.slice(0, 30)).then(reached) },
  { phase: 'in the body', answer: async ({ client }, reached) => client.send(`${HEAD}half`).then(reached) },
  {
    phase: 'in its sink',
    answer: async ({ client }) => client.send(`${HEAD}half`),
    options: (reached) => ({ sink: () => reached() }),
  },
  {
    phase: 'in the body of a redirect',
    answer: async ({ client }, reached) => client.send(to(302, '/x').replace('h: 0', 'h: 9')).then(reached),
  },
  {
    phase: 'in the pause before a retry',
    answer: async ({ client }, reached) => {
      await client.send(ok('', 'Retry-After: 30').replace('200', '503'));
      setTimeout(reached, 20);
    },
    options: () => ({ retries: 1 }),
  },
];

for (const { phase, answer, options } of PHASES) {
  fault(`157: aborted ${phase}`, {}, async (scope) => {
    const controller = new AbortController();
    const reached = (): void => controller.abort(REASON);
    const server = await serve(scope, async (asked) => {
      if (asked.head.includes(' /first ')) await answer?.(asked, reached);
      else await asked.client.send(ok('x'));
    });
    const one = session({ connections: 1 });
    scope.defer(() => one.close());
    assert.equal((await one.request(server.url)).code, 200);
    const took = await duration(async () => {
      const asked = one.request({
        url: `${server.url}/first`,
        signal: controller.signal,
        ...options?.(reached),
      });
      const error = await fails(asked, 'ABORT_ERR');
      assert.ok(error instanceof AbortError && error.cause === REASON, String(error.cause));
    });
    // Without the abort it would last without an end, or for the 30 s that the server has asked for.
    assert.ok(took < 15_000, `${took} ms`);
    const count = server.targets.length;
    for (let i = 0; i < 3; i++) assert.equal((await one.request({ url: server.url, timeout: 5 })).code, 200);
    assert.deepEqual(server.targets.slice(count), ['/', '/', '/']);
    await eventually('the end of what was aborted', () => server.open === 1);
  });
}
