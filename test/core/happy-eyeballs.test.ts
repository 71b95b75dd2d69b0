/** The schedule of RFC 8305, section 5, with times as numbers. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Attempt, Failure } from '../../src/core/errors.ts';
import { Race } from '../../src/core/happy-eyeballs.ts';

const REFUSED = new Failure('ECONNREFUSED');
const DELAY = 250;

function failureOf(race: Race): Failure | undefined {
  return race.failure;
}

describe('a race of attempts', () => {
  it('begins the first at once, and each further one after 250 ms', () => {
    const race = new Race(['a', 'b', 'c']);
    assert.equal(race.begin(1000), 0);
    assert.equal(race.begin(1000), undefined);
    assert.equal(race.nextAt, 1000 + DELAY);
    assert.equal(race.begin(1000 + DELAY - 1), undefined);
    assert.equal(race.begin(1000 + DELAY), 1);
    assert.equal(race.begin(1000 + 2 * DELAY), 2);
    assert.equal(race.nextAt, Number.POSITIVE_INFINITY);
    assert.equal(race.begin(5000), undefined);
  });

  it('begins the next at once when one fails, though another is under way', () => {
    const race = new Race(['a', 'b', 'c']);
    race.begin(0);
    race.begin(DELAY);
    race.lost(0, REFUSED, DELAY + 10);
    assert.equal(race.nextAt, DELAY + 10);
    assert.equal(race.begin(DELAY + 10), 2);
  });

  it('records each attempt: who won, who was called off, and how long each took', () => {
    const attempts: Attempt[] = [];
    const race = new Race(['a', 'b', 'c'], attempts);
    race.begin(0);
    race.lost(0, REFUSED, 5);
    race.begin(5);
    race.begin(5 + DELAY);
    race.won(2, 300);
    assert.deepEqual(attempts, [
      { address: 'a', milliseconds: 5, code: 'ECONNREFUSED' },
      { address: 'c', milliseconds: 45, code: 'connected' },
      { address: 'b', milliseconds: 295, code: 'called off' },
    ]);
    assert.equal(race.isRunning(1), false);
  });

  it('has failed when all have, by the last failure, which lists them all', () => {
    const race = new Race(['a', 'b']);
    race.begin(0);
    race.lost(0, REFUSED, 1);
    assert.equal(failureOf(race), undefined, 'one is left');
    race.begin(1);
    assert.equal(failureOf(race), undefined, 'one is under way');
    race.lost(1, new Failure('ENETUNREACH'), 2);
    assert.equal(race.failure?.code, 'ENETUNREACH');
    assert.deepEqual(
      race.failure?.attempts?.map(({ code }) => code),
      ['ECONNREFUSED', 'ENETUNREACH'],
    );
  });

  it('ends by a deadline with what was under way', () => {
    const race = new Race(['a', 'b', 'c']);
    race.begin(0);
    race.begin(DELAY);
    const { code, attempts } = race.end(new Failure('ETIMEDOUT'), 400);
    assert.equal(code, 'ETIMEDOUT');
    assert.deepEqual(
      attempts?.map(({ milliseconds }) => milliseconds),
      [400, 150],
    );
  });
});
