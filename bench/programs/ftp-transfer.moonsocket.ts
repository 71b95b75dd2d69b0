// Transfers of FTP with moonsocket, into a sink that discards them and from a source that gives the same piece again.

import { connect } from 'moonsocket/ftp';
import { timeTransfers } from './ftp-transfer.ts';
import { HOST, peerPort } from './measure.ts';

const session = await connect({ host: HOST, port: peerPort, tls: 'never' });
await timeTransfers({
  async down(path, came) {
    await session.get(path, (chunk) => {
      if (chunk !== null) came(chunk);
    });
  },
  async up(path, next) {
    await session.put(next, path);
  },
  size: (path) => session.size(path),
});
