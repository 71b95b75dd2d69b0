/** What the tests with foreign programs share: clean-up, and clients and servers of ours. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { bind, type Client, connect, type TcpServer } from '../../src/entry/index.ts';
import { type Cleanup, needs, type Tool } from './tools.ts';

/** Seconds after which a call with a foreign program gives up. */
export const PATIENCE = 20;

/** A test that runs these programs. What it defers is done in the end, the last thing first. */
export function withTools(
  title: string,
  tools: readonly Tool[],
  body: (cleanup: Cleanup) => Promise<void>,
  seconds = 60,
): void {
  it(title, { ...needs(...tools), timeout: seconds * 1000 }, async () => {
    const ends: (() => unknown)[] = [];
    try {
      await body({ defer: (end) => ends.push(end) });
    } finally {
      for (let end = ends.pop(); end !== undefined; end = ends.pop()) await end();
    }
  });
}

/** The client, with a timeout, closed in the end. */
export function kept<C extends Client>(cleanup: Cleanup, client: C): C {
  client.settimeout(PATIENCE, 't');
  cleanup.defer(() => client.close());
  return client;
}

export async function ourServer(cleanup: Cleanup, host = '127.0.0.1'): Promise<{ server: TcpServer; port: number }> {
  const server = await bind(host, 0);
  server.settimeout(PATIENCE);
  cleanup.defer(() => server.close());
  return { server, port: server.getsockname().port };
}

export async function ourClient(cleanup: Cleanup, port: number, host = '127.0.0.1'): ReturnType<typeof connect> {
  return kept(cleanup, await connect(host, port, { timeout: PATIENCE }));
}

/** A folder for sockets. */
export function newFolder(cleanup: Cleanup): string {
  const folder = mkdtempSync(join(tmpdir(), 'moonsocket-peer-'));
  cleanup.defer(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** All 256 bytes, again and again. */
export function everyByte(length: number): Buffer {
  const data = Buffer.alloc(length);
  for (let i = 0; i < length; i++) data[i] = i + (i >> 8);
  return data;
}
