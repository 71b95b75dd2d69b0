// A key and a certificate for the other end of TLS, by openssl(1). Nobody verifies it.

import { execFileSync } from 'node:child_process';

export function identity(): { key: string; cert: string } {
  const subject = ['-subj', '/CN=localhost', '-days', '2'];
  const made = execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', '-', ...subject],
    { encoding: 'latin1', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  return { key: made, cert: made };
}
