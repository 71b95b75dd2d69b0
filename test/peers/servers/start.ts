/** How the servers of these tests are started: on ports that are free, ready when this returns, gone when the test is. */
import { createHash } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { bind, connect } from '../../../src/entry/index.ts';
import { newFolder } from '../peer.ts';
import type { Child, Cleanup } from '../tools.ts';

/** These servers cannot be told port 0. Another program may take a port between its choice and its use. */
const ATTEMPTS = 5;
const READY_SECONDS = 15;

/** A folder for a server's files, which it can read when it changes its user too. */
export function serverFolder(cleanup: Cleanup): string {
  const folder = newFolder(cleanup);
  chmodSync(folder, 0o755);
  return folder;
}

/** Starts a server of so many ports, and waits until each accepts connections. */
export async function startOnPorts(
  count: number,
  start: (ports: readonly number[]) => Child,
  host = '127.0.0.1',
): Promise<number[]> {
  for (let attempt = 1; ; attempt++) {
    const ports = await freePorts(count, host);
    const child = start(ports);
    if (await accepting(child, ports, host)) return ports;
    await child.kill();
    if (attempt === ATTEMPTS || !/in use/i.test(child.stderr)) {
      throw new Error(`${child.process.spawnfile} does not serve:\n${child.stdout}${child.stderr}`);
    }
  }
}

/** Ports that nobody has at this moment; all are held until the last is chosen, so that no two are the same. */
async function freePorts(count: number, host: string): Promise<number[]> {
  const holders = await Promise.all(Array.from({ length: count }, () => bind(host, 0)));
  const ports = holders.map((holder) => holder.getsockname().port);
  for (const holder of holders) holder.close();
  return ports;
}

async function accepting(child: Child, ports: readonly number[], host: string): Promise<boolean> {
  const end = performance.now() + READY_SECONDS * 1000;
  for (const port of ports) {
    while (!(await accepts(port, host))) {
      if (child.over || performance.now() > end) return false;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  return !child.over;
}

async function accepts(port: number, host: string): Promise<boolean> {
  try {
    (await connect(host, port, { timeout: 1 })).close();
    return true;
  } catch {
    return false;
  }
}

/** A line of a password file, hashed as nginx and Apache both read it; a plain one could hold no colon. */
export function passwordLine(user: string, password: string): string {
  return `${user}:{SHA}${createHash('sha1').update(password).digest('base64')}\n`;
}
