/** Every name of the modules and of their objects, with its type and constant: Debian's, but for those that docs/lua.md tells. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { newFolder, withTools } from '../peers/peer.ts';
import { temporaryFiles } from '../peers/tls-files.ts';
import { lua, native, type Ran } from './support.ts';

const SCRIPT = resolve('test/lua/programs/names.lua');

/** What ours have and Debian's have not, by the beginning of its line. */
const MORE = [
  ...['getlocalcertificate', 'getlocalchain'].map((name) => `connection.__index.${name}: function`),
  ...['setclientpskcb', 'setpskhint', 'setserverpskcb'].map((name) => `ssl.context.${name}: function`),
  'ssl.config.capabilities.psk: boolean true',
  'mbox',
  'socket.core.http.SCHEMES',
  'socket.http.SCHEMES',
  'socket.core.tp.CLEARTEXT: boolean true',
  'socket.tp.CLEARTEXT: boolean true',
  ...['entries', 'lock'].flatMap((object) => [
    `${object} of a folder.__index.class`,
    `${object} of a folder.__tostring`,
  ]),
];

/** What says otherwise in ours: texts about the release. */
const OTHERWISE = ['_VERSION', '_COPYRIGHT', 'USERAGENT'];

withTools('names', ['lua5.4', 'luasocket', 'luasec', 'luafilesystem', 'openssl'], async (cleanup) => {
  const certificate = join(temporaryFiles(), 'server.pem');
  const linesOf = (run: (args: readonly string[]) => Ran): ReadonlySet<string> => {
    const { output, errors } = run([SCRIPT, certificate, newFolder(cleanup)]);
    assert.equal(errors, '');
    return new Set(output.trim().split('\n'));
  };
  const [ours, theirs] = [linesOf(lua), linesOf(native)];
  const otherwise = (line: string): boolean => OTHERWISE.some((name) => line.includes(`.${name}: string`));
  const onlyIn = (some: ReadonlySet<string>, others: ReadonlySet<string>): string[] =>
    [...some].filter((line) => !others.has(line) && !otherwise(line));
  assert.deepEqual(onlyIn(theirs, ours), ['mbox: absent']);
  const more = onlyIn(ours, theirs);
  assert.deepEqual(
    more.filter((line) => !MORE.some((start) => line.startsWith(start))),
    [],
  );
  const told = readFileSync('docs/lua.md', 'utf8');
  for (const start of MORE) {
    assert.ok(
      more.some((line) => line.startsWith(start)),
      `${start}: theirs have it, too, or ours have it not`,
    );
    const name = /(?:.*\.)?(\w+)(?::.*)?$/.exec(start)?.[1];
    assert.ok(told.includes(`\`${name}\``), `docs/lua.md does not tell of ${name}`);
  }
});
