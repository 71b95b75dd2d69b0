// What the TLS programs of the blocking face share: a connection to the peer, whose certificate nobody knows.

import { connect, context, type TlsClient } from '../../src/entry/tls-blocking.ts';
import { HOST, peerPort } from './measure.ts';

const careless = context({ verify: false });

export function dial(): TlsClient {
  return connect(HOST, peerPort, { context: careless });
}
