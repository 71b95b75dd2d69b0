/** Ends of TLS over a link: of either face, with their contexts, and calls that are made again when their time is over. */
import { setImmediate as turn } from 'node:timers/promises';
import { OpenSslIo } from '../../src/blocking/tls-io.ts';
import { failed, TIMED_OUT, TimeoutError } from '../../src/core/errors.ts';
import type { Io } from '../../src/core/io.ts';
import { NO_WAIT } from '../../src/core/timeout.ts';
import { stream as streamBlocking } from '../../src/entry/blocking.ts';
import { type Client, stream } from '../../src/entry/index.ts';
import { context, wrap } from '../../src/entry/tls.ts';
import { clientContext, identity, pem, serverContext, side } from '../blocking/tls-support.ts';
import type { FaceName } from './tls-link.ts';

export const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;
export type Version = (typeof VERSIONS)[number];

/** Contexts are made once: what a run needs is a handshake. */
const BLOCKING = Object.fromEntries(
  VERSIONS.map((version) => {
    const versions = { minVersion: version, maxVersion: version };
    return [version, { client: clientContext(versions), server: serverContext(versions) }];
  }),
);
const AWAIT = Object.fromEntries(
  VERSIONS.map((version) => {
    const versions = { minVersion: version, maxVersion: version };
    const server = context({ ...identity(), ...versions });
    return [version, { client: context({ ca: pem('root.pem'), ...versions }), server }];
  }),
);

/** A side whose handshake is done, or its error. */
export async function opened(face: FaceName, role: 'client' | 'server', version: Version, io: Io): Promise<Client> {
  if (face === 'await') {
    const made = AWAIT[version]?.[role];
    const name = role === 'client' ? { servername: 'localhost' } : {};
    return await wrap(stream(io), { role, context: made, timeout: null, ...name });
  }
  const secure = new OpenSslIo(io, side(role, { context: BLOCKING[version]?.[role] as never }));
  for (;;) {
    const failure = secure.handshake(NO_WAIT);
    if (failure === undefined) break;
    if (failure !== TIMED_OUT) {
      secure.close();
      throw failed('handshake', failure);
    }
    await turn();
  }
  const client = streamBlocking(secure);
  client.settimeout(0);
  return client as never; // its answers may be awaited
}

/** Calls again where time was over, with what is left then. */
export async function patiently(call: () => Promise<unknown>, late: (error: TimeoutError) => void): Promise<void> {
  for (;;) {
    try {
      await call();
      return;
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      late(error);
      await turn();
    }
  }
}
