/** References resolved: the examples of RFC 3986, section 5.4, all of them, and its pseudocode followed to the letter. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { absolute, build, parse, removeDots } from '../../src/entry/url.ts';

const BASE = 'http://a/b/c/d;p?q';

/** Section 5.4.1. */
const NORMAL = `g:h=g:h g=http://a/b/c/g ./g=http://a/b/c/g g/=http://a/b/c/g/ /g=http://a/g //g=http://g ?y=http://a/b/c/d;p?y
  g?y=http://a/b/c/g?y #s=http://a/b/c/d;p?q#s g#s=http://a/b/c/g#s g?y#s=http://a/b/c/g?y#s ;x=http://a/b/c/;x g;x=http://a/b/c/g;x
  g;x?y#s=http://a/b/c/g;x?y#s =http://a/b/c/d;p?q .=http://a/b/c/ ./=http://a/b/c/ ..=http://a/b/ ../=http://a/b/ ../g=http://a/b/g
  ../..=http://a/ ../../=http://a/ ../../g=http://a/g`;

/** Section 5.4.2; the last one is what a strict parser does. `~` stands for the `=` of a reference. */
const ABNORMAL = `../../../g=http://a/g ../../../../g=http://a/g /./g=http://a/g /../g=http://a/g g.=http://a/b/c/g. .g=http://a/b/c/.g
  g..=http://a/b/c/g.. ..g=http://a/b/c/..g ./../g=http://a/b/g ./g/.=http://a/b/c/g/ g/./h=http://a/b/c/g/h g/../h=http://a/b/c/h
  g;x~1/./y=http://a/b/c/g;x~1/y g;x~1/../y=http://a/b/c/y g?y/./x=http://a/b/c/g?y/./x g?y/../x=http://a/b/c/g?y/../x
  g#s/./x=http://a/b/c/g#s/./x g#s/../x=http://a/b/c/g#s/../x http:g=http:g`;

const examples = (table: string): [reference: string, url: string][] =>
  table.split(/\s+/).map((pair) => pair.split('=').map((text) => text.replace('~', '=')) as [string, string]);

describe('the examples of RFC 3986, section 5.4', () => {
  const table = [...examples(NORMAL), ...examples(ABNORMAL)];
  it('are 42', () => assert.equal(new Set(table.map(([reference]) => reference)).size, 42));
  for (const [reference, url] of table) {
    it(`${JSON.stringify(reference)} is ${url}`, () => {
      assert.equal(absolute(BASE, reference), url);
      assert.equal(absolute(parse(BASE), reference), url);
    });
  }
});

describe('absolute', () => {
  const table: [base: string, reference: string, url: string][] = [
    ['http://a', 'b', 'http://a/b'],
    ['http://a', '', 'http://a'],
    ['http://a', '?b', 'http://a?b'],
    ['http://a?x', 'b', 'http://a/b'],
    ['http://a/b#c', '', 'http://a/b'],
    ['http://u:p@a:8/b', 'c', 'http://u:p@a:8/c'],
    ['http://a/b/', '', 'http://a/b/'],
    ['http://a/b', '//c/../d', 'http://c/d'],
    ['http://a/b', 'HTTP://c/../d?../e', 'HTTP://c/d?../e'],
    ['mailto:joe@example.org', '?subject=hi', 'mailto:joe@example.org?subject=hi'],
    ['urn:isbn:1', 'g', 'urn:g'],
    ['file:///etc/hosts', 'passwd', 'file:///etc/passwd'],
    ['/a/b', '../c', '/c'],
    ['', 'a', 'a'],
    // What looks like a host once the dots are gone is kept from being one.
    ['a:/b', '/.//c', 'a:/.//c'],
    ['a:/b/c', '..//d', 'a:/.//d'],
  ];
  for (const [base, reference, url] of table) {
    it(`of ${base} and ${JSON.stringify(reference)} is ${url}`, () => assert.equal(absolute(base, reference), url));
  }

  it('takes the host of a base that has no authority', () => {
    assert.equal(absolute({ scheme: 'http', host: '::1', path: '/a/b' }, 'c'), 'http://[::1]/a/c');
  });

  it('takes strings', () => {
    assert.throws(() => absolute(BASE, undefined as unknown as string), { code: 'ERR_INVALID_ARGUMENT' });
  });
});

/** Letters that make references of all kinds. */
const reference = fc.string({ unit: fc.constantFrom(...'ab./../:;?#@[]%'), maxLength: 24 });

it('what is resolved stays so, from whatever base', () => {
  fc.assert(
    fc.property(reference, reference, (path, rest) => {
      const base = absolute('t://other', `s://h/${path}`);
      const url = absolute(base, rest);
      assert.equal(absolute('t://other/x', url), url);
      assert.equal(absolute(url, ''), build({ ...parse(url), fragment: undefined }));
    }),
    { numRuns: 3000 },
  );
});

/** Section 5.2.4 as it stands there: what takes the path from an input buffer to an output buffer. */
function byTheLetter(path: string): string {
  let input = path;
  let output = '';
  while (input !== '') {
    if (/^\.\.?\//.test(input)) {
      input = input.replace(/^\.\.?\//, '');
    } else if (/^\/\.(\/|$)/.test(input)) {
      input = input.replace(/^\/\.\/?/, '/');
    } else if (/^\/\.\.(\/|$)/.test(input)) {
      input = input.replace(/^\/\.\.\/?/, '/');
      output = output.replace(/\/?[^/]*$/, '');
    } else if (input === '.' || input === '..') {
      input = '';
    } else {
      const segment = /^\/?[^/]*/.exec(input)?.[0] ?? '';
      output += segment;
      input = input.slice(segment.length);
    }
  }
  return output;
}

describe('removing dots', () => {
  const table: [path: string, without: string][] = [
    ['/a/b/c/./../../g', '/a/g'], // section 5.2.4
    ['mid/content=5/../6', 'mid/6'],
    ['', ''],
    ['.', ''],
    ['..', ''],
    ['/.', '/'],
    ['/..', '/'],
    ['a/..', '/'],
    ['a/../b', '/b'],
    ['/a//../b', '/a/b'],
    ['//a', '//a'],
    ['/...', '/...'],
    ['/.a/..b/c.', '/.a/..b/c.'],
    ['/%2e%2e/a', '/%2e%2e/a'],
  ];
  for (const [path, without] of table) {
    it(`from ${JSON.stringify(path)} leaves ${JSON.stringify(without)}`, () => {
      assert.equal(removeDots(path), without);
      assert.equal(byTheLetter(path), without);
    });
  }

  it('follows the pseudocode of section 5.2.4', () => {
    const path = fc.string({ unit: fc.constantFrom('a', '.', '.', '/', '/', '\n'), maxLength: 30 });
    fc.assert(
      fc.property(path, (text) => assert.equal(removeDots(text), byTheLetter(text))),
      { numRuns: 5000 },
    );
  });
});
