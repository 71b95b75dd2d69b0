// The same with basic-ftp, into a Writable that discards and from a Readable.

import { Readable, Writable } from 'node:stream';
import { Client } from 'basic-ftp';
import { timeTransfers } from './ftp-transfer.ts';
import { HOST, peerPort } from './measure.ts';

const client = new Client();
await client.access({ host: HOST, port: peerPort });
await timeTransfers({
  async down(path, came) {
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        came(chunk);
        done();
      },
    });
    await client.downloadTo(sink, path);
  },
  async up(path, next) {
    const source = new Readable({
      highWaterMark: 65_536,
      read() {
        this.push(next());
      },
    });
    await client.uploadFrom(source, path);
  },
  size: (path) => client.size(path),
});
