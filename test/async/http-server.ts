/** A small HTTP server over the await face, whose answers a test gives when it likes. */
import { bind, type TcpClient } from '../../src/entry/index.ts';
import type { Cleanup } from '../peers/tools.ts';

export interface Asked {
  readonly client: TcpClient;
  readonly head: string;
  /** How many requests came before it. */
  readonly index: number;
}

export interface HttpServer {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  /** Targets of the requests that have come. */
  readonly targets: string[];
  accepted: number;
  /** Connections that are open, and the most that ever were. */
  open: number;
  peak: number;
}

/** Starts one. It reads the heads of requests, one after the other, and leaves all else to `answer`. */
export async function serve(cleanup: Cleanup, answer: (asked: Asked) => Promise<unknown>): Promise<HttpServer> {
  const server = await bind('127.0.0.1', 0, { backlog: 128 });
  const { port } = server.getsockname();
  const state: HttpServer = { url: `http://127.0.0.1:${port}`, targets: [], accepted: 0, open: 0, peak: 0 };
  const clients = new Set<TcpClient>();
  const converse = async (client: TcpClient): Promise<void> => {
    try {
      for (;;) {
        const head = await client.receive({ until: '\r\n\r\n' });
        const index = state.targets.push(head.split(' ')[1] as string) - 1;
        await answer({ client, head, index });
      }
    } catch {
      // It has gone, as clients may.
    } finally {
      client.close();
      clients.delete(client);
      state.open--;
    }
  };
  const accepting = (async () => {
    for await (const client of server) {
      clients.add(client);
      state.accepted++;
      state.peak = Math.max(state.peak, ++state.open);
      void converse(client);
    }
  })().catch(() => {});
  cleanup.defer(async () => {
    server.close();
    for (const client of clients) client.close();
    await accepting;
  });
  return state;
}
