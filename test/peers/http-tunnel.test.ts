/** Tunnels through squid to nginx, in both faces: what the server sees is a client, and no proxy. */
import assert from 'node:assert/strict';
import { connect as connectBlocking } from '../../src/blocking.ts';
import { type Flow, runAsync, runBlocking } from '../../src/core/flow.ts';
import type { Stream } from '../../src/core/stream.ts';
import { connect } from '../../src/index.ts';
import { exchange, prepared } from '../../src/protocol/http/exchange.ts';
import { proxyOf } from '../../src/protocol/http/target.ts';
import { type TunnelGoal, tunnelThrough } from '../../src/protocol/http/tunnel.ts';
import { withLogin } from './http-faces.ts';
import { PATIENCE, withTools } from './peer.ts';
import { KIB, startNginx } from './servers/nginx.ts';
import { FORBIDDEN_PORT, PROXY_LOGIN, startSquid } from './servers/squid.ts';
import type { Cleanup } from './tools.ts';

/** Connects to a proxy, and runs a flow over the connection. */
type Use = <T>(cleanup: Cleanup, proxy: string, flow: (stream: Stream) => Flow<T>) => Promise<T>;

const FACES: Readonly<Record<string, Use>> = {
  await: async (cleanup, proxy, flow) => {
    const { host, port } = proxyOf(proxy);
    const client = await connect(host, port, { timeout: PATIENCE });
    cleanup.defer(() => client.close());
    client.settimeout(PATIENCE, 't');
    return await runAsync(flow(client.stream));
  },
  blocking: async (cleanup, proxy, flow) => {
    const { host, port } = proxyOf(proxy);
    const client = connectBlocking(host, port, { timeout: PATIENCE });
    cleanup.defer(() => client.close());
    client.settimeout(PATIENCE, 't');
    return runBlocking(flow(client.stream));
  },
};

/** The replies to these paths, one after the other in one tunnel. */
function* got(
  stream: Stream,
  proxy: string,
  goal: TunnelGoal,
  paths: readonly string[],
): Flow<[number, Buffer, boolean][]> {
  yield* tunnelThrough(stream, proxyOf(proxy), goal);
  const replies: [number, Buffer, boolean][] = [];
  for (const target of paths) {
    const headers = { Host: `${goal.host}:${goal.port}` };
    const { code, headers: answered, body } = yield* exchange(stream, prepared({ method: 'GET', target, headers }));
    replies.push([code, yield* body.bytes(), answered.has('via')]);
  }
  return replies;
}

for (const [face, use] of Object.entries(FACES)) {
  withTools(`squid: a tunnel (${face})`, ['nginx', 'squid'], async (cleanup) => {
    const nginx = await startNginx(cleanup);
    const squid = await startSquid(cleanup);
    const proxy = withLogin(squid, PROXY_LOGIN);
    const { hostname: host, port } = new URL(nginx.url);
    const goal = { host, port: Number(port) };
    const ask = (proxy: string, goal: TunnelGoal, ...paths: string[]): Promise<[number, Buffer, boolean][]> =>
      use(cleanup, proxy, (stream) => got(stream, proxy, goal, paths));

    assert.deepEqual(await ask(proxy, goal, '/1k.bin', '/line', '/credentials'), [
      [200, KIB, false],
      [200, Buffer.from('GET /line HTTP/1.1'), false],
      [200, Buffer.from(', , '), false],
    ]);

    const shown = squid.replaceAll('.', '\\.');
    await assert.rejects(ask(squid, goal), {
      code: 'ERR_PROXY_AUTHENTICATION',
      message: new RegExp(`^the proxy ${shown} wants a user and a password`),
    });
    await assert.rejects(ask(withLogin(squid, 'puser:wrong'), goal), {
      code: 'ERR_PROXY_AUTHENTICATION',
      message: new RegExp(`^the proxy ${shown} does not take the user and the password`),
    });
    // Forbidden to clients, and closed to everyone.
    for (const [port, status] of [
      [FORBIDDEN_PORT, 403],
      [1, 503],
    ] as const) {
      await assert.rejects(ask(proxy, { host, port }), {
        code: 'ERR_PROXY_REFUSED',
        message: new RegExp(`^the proxy ${shown} gives no tunnel to ${host}:${port}: HTTP/1\\.1 ${status} `),
      });
    }
    // nginx is no proxy, and says so.
    await assert.rejects(ask(nginx.url, goal), { code: 'ERR_PROXY_REFUSED', message: /HTTP\/1\.1 40\d / });
  });
}
