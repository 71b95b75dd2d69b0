// The same with basic-ftp, which has one session.

import { Client } from 'basic-ftp';
import { timeMirrors } from './ftp-mirror.ts';
import { HOST, peerPort } from './measure.ts';

await timeMirrors(async (remote, local) => {
  const client = new Client();
  await client.access({ host: HOST, port: peerPort });
  await client.downloadToDir(local, remote);
  client.close();
});
