/** The name of a file out of a URL that anyone may have made. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CommandError } from '../../src/cli/errors.ts';
import { fileNameOf } from '../../src/cli/file-name.ts';

const NAMES: readonly (readonly [path: string, name: string])[] = [
  ['', 'index.html'],
  ['/', 'index.html'],
  ['/?q=1', 'index.html'],
  ['/file', 'file'],
  ['/a/b/file.tar.gz?x=/y#/z', 'file.tar.gz'],
  ['/a%20b', 'a b'],
  ['/caf%C3%A9', 'café'],
  ['/file;v=1', 'file;v=1'],
  ['/100%', '100%'],
  ['/a/..%2f..%2fetc%2fpasswd', 'passwd'],
  ['/a%5cb', 'b'],
  ['/.hidden', '.hidden'],
];

const REFUSED = ['/a/', '/.', '/..', '/a/%2e%2e', '/a/%2E', '/a/b%2f', '/a%00b', '/a%1b[2J', '/a%0ab', '/a%C2%9b'];

describe('the name of a file', () => {
  for (const [path, name] of NAMES) {
    it(`is ${name} for ${path || 'no path'}`, () => assert.equal(fileNameOf(`http://host${path}`), name));
  }

  for (const path of REFUSED) {
    it(`is not to be had of ${path}`, () => assert.throws(() => fileNameOf(`http://host${path}`), CommandError));
  }

  it('stays in its folder, whatever the URL', () => {
    const pieces = fc.constantFrom('/', '%2f', '%2F', '.', '..', '%2e', '\\', '%5c', '%00', 'a', ';', '?', '#', '%');
    fc.assert(
      fc.property(fc.array(pieces), (path) => {
        let name: string;
        try {
          name = fileNameOf(`http://host/${path.join('')}`);
        } catch (error) {
          return error instanceof CommandError;
        }
        return !/[/\\\0]/.test(name) && !['', '.', '..'].includes(name);
      }),
      { numRuns: 2000 },
    );
  });
});
