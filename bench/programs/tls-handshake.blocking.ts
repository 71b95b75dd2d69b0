// Connections with moonsocket's blocking TLS: connect, handshake, close.

import { report, timed, units } from './measure.ts';
import { dial } from './tls.blocking.ts';

function connections(count: number): void {
  for (let i = 0; i < count; i++) dial().close();
}

connections(units / 10);
report({ units, ...(await timed(() => connections(units))) });
