// The same with moonsocket's blocking face.

import { connect } from '../../src/entry/ftp-blocking.ts';
import { timeTransfers } from './ftp-transfer.ts';
import { HOST, peerPort } from './measure.ts';

const session = connect({ host: HOST, port: peerPort, tls: 'never' });
await timeTransfers({
  down(path, came) {
    session.get(path, (chunk) => {
      if (chunk !== null) came(chunk);
    });
  },
  up(path, next) {
    session.put(next, path);
  },
  size: (path) => session.size(path),
});
