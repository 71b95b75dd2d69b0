/** A Redis that keeps nothing. */
import { Child, type Cleanup } from '../tools.ts';
import { serverFolder, startOnPorts } from './start.ts';

/** Starts one, and returns its port. */
export async function startRedis(cleanup: Cleanup): Promise<number> {
  const folder = serverFolder(cleanup);
  const options = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  const [port] = await startOnPorts(
    1,
    ([port]) => new Child(cleanup, 'redis-server', [...options, '--port', String(port)]),
  );
  return port as number;
}
