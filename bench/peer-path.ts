// Where the peer of a port listens for Unix sockets, too: programs are given the port alone.

import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function unixPathOf(port: number): string {
  return join(tmpdir(), `moonsocket-bench-${port}.sock`);
}
