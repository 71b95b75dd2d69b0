// A folder of small files with moonsocket's mirror, over four sessions.

import { mirror } from 'moonsocket/ftp';
import { timeMirrors } from './ftp-mirror.ts';
import { HOST, peerPort } from './measure.ts';

await timeMirrors(async (remote, local) => {
  await mirror({ direction: 'down', host: HOST, port: peerPort, tls: 'never', remote, local, sessions: 4 });
});
