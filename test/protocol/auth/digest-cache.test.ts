/** How many Digest logins a session remembers, and which of them. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { LOGINS } from '../../../src/core/limits.ts';
import { DigestCache } from '../../../src/protocol/auth/digest-cache.ts';
import { targetOf } from '../../../src/protocol/connect/target.ts';
import { parse } from '../../../src/url/parts.ts';

it('the logins that were used last are remembered, and no more than the limit', () => {
  const cache = new DigestCache();
  const login = (i: number) => cache.of(targetOf(parse(`http://u${i}:p@h/`)));
  const known = Array.from({ length: LOGINS }, (_, i) => login(i));
  assert.equal(login(0), known[0]);
  login(LOGINS);
  assert.equal(login(0), known[0], 'it was used after the second');
  assert.equal(login(2), known[2]);
  assert.notEqual(login(1), known[1]);
});

it('a login is of one user, password and origin', () => {
  const cache = new DigestCache();
  const login = (url: string) => cache.of(targetOf(parse(url)));
  assert.equal(login('http://h/'), undefined);
  const first = login('http://u:p@h/a');
  assert.equal(login('http://u:p@H:80/b?c'), first);
  for (const other of ['http://u:q@h/', 'http://v:p@h/', 'http://u:p@h:81/', 'http://u:p@i/'])
    assert.notEqual(login(other), first, other);
});
