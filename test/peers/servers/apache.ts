/** Apache httpd, as one process, with CGI programs: replies whose length nobody knows, bodies that a program reads. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child, type Cleanup } from '../tools.ts';
import { passwordLine, serverFolder, startOnPorts } from './start.ts';

/** What `/cgi/lines` says. */
export const LINES: string = Array.from({ length: 20_000 }, (_, i) => `line ${i + 1}\n`).join('');

const LINES_PROGRAM = `#!/bin/sh
printf 'Content-Type: text/plain\\r\\nX-Method: %s\\r\\n\\r\\n' "$REQUEST_METHOD"
seq -f 'line %.0f' 20000
`;
/** It must not speak while it reads: Apache listens to a program when it has given it the whole body. */
const SUM_PROGRAM = `#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
exec sha256sum
`;

/** The realm of `/digest/`. With a quote in it no client gets in: Apache escapes it once too often where it compares. */
export const DIGEST_REALM = 'a zone, with digests';
/** A user of it besides `user`. */
export const ODD_USER = 'J\u00e4 "q" \\ b';
/** The password of all users. */
const PASSWORD = 'p:a ss';

/** Starts one, and gives its URL. */
export async function startApache(cleanup: Cleanup): Promise<string> {
  const folder = serverFolder(cleanup);
  for (const name of ['www', 'cgi']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'www', 'hello.txt'), 'hello\n');
  writeFileSync(join(folder, 'cgi', 'lines'), LINES_PROGRAM, { mode: 0o755 });
  writeFileSync(join(folder, 'cgi', 'sum'), SUM_PROGRAM, { mode: 0o755 });
  writeFileSync(join(folder, 'passwords'), passwordLine('user', PASSWORD));
  writeFileSync(join(folder, 'digests'), ['user', ODD_USER].map(digestLine).join(''));
  const [port] = await startOnPorts(1, ([port]) => {
    const file = join(folder, 'httpd.conf');
    writeFileSync(file, configuration(folder, port as number));
    // -X is one process that stays in front: the one that the test ends.
    return new Child(cleanup, 'apache2', ['-X', '-d', folder, '-f', file]);
  });
  return `http://127.0.0.1:${port}`;
}

/** As htdigest(1) writes it. */
function digestLine(user: string): string {
  const hash = createHash('md5').update(`${user}:${DIGEST_REALM}:${PASSWORD}`).digest('hex');
  return `${user}:${DIGEST_REALM}:${hash}\n`;
}

const MODULES = [
  'mpm_event',
  ...[
    'alias',
    'auth_basic',
    'auth_digest',
    'authn_core',
    'authn_file',
    'authz_core',
    'authz_user',
    'cgi',
    'mime',
    'setenvif',
  ],
];

function configuration(folder: string, port: number): string {
  return `
${MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
ServerName 127.0.0.1
Listen 127.0.0.1:${port}
DefaultRuntimeDir ${folder}
PidFile ${folder}/httpd.pid
Mutex file:${folder} default
ErrorLog ${folder}/error.log
${process.getuid?.() === 0 ? 'User www-data\nGroup www-data' : ''}
TypesConfig /dev/null
DocumentRoot ${folder}/www
ScriptAlias /cgi/ ${folder}/cgi/
ScriptAlias /old/ ${folder}/cgi/
Redirect 302 /moved /cgi/lines
SetEnvIf Request_URI ^/old/ downgrade-1.0 force-response-1.0
<Location /auth>
  AuthType Basic
  AuthName "a zone"
  AuthUserFile ${folder}/passwords
  Require valid-user
</Location>
Alias /auth/ ${folder}/www/
# It knows no hash but MD5.
<Location /digest>
  AuthType Digest
  AuthName ${JSON.stringify(DIGEST_REALM)}
  AuthDigestProvider file
  AuthUserFile ${folder}/digests
  Require valid-user
</Location>
Alias /digest/ ${folder}/www/
`;
}
