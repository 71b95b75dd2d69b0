/** A certificate that is refused for a reason that has no code: OpenSSL's words are in the message, in both directions. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { pair } from '../../src/entry/index.ts';
import { wrap } from '../../src/entry/tls.ts';
import { identity, pem } from '../blocking/tls-support.ts';

const ca = pem('root.pem');

const refused = { code: 'ERR_TLS_CERT', message: /certificate verify failed: unhandled critical extension/ };

it('of a server', async () => {
  const [here, there] = pair();
  const serving = wrap(there, { role: 'server', ...identity('critical'), timeout: 20 }).catch(() => undefined);
  await assert.rejects(wrap(here, { ca, servername: 'localhost', timeout: 20 }), refused);
  (await serving)?.close();
});

it('of a client', async () => {
  const [here, there] = pair();
  const connecting = wrap(here, { ca, servername: 'localhost', ...identity('critical'), timeout: 20 }).catch(
    () => undefined,
  );
  await assert.rejects(
    wrap(there, { role: 'server', ...identity('server'), ca, requestCert: true, timeout: 20 }),
    refused,
  );
  (await connecting)?.close();
});
