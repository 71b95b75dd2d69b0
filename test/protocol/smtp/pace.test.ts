/** How fast a pool goes, on a clock that the test sets. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Pace } from '../../../src/protocol/smtp/pace.ts';
import { setClock } from '../../core/test-clock.ts';

describe('the pace of a pool', () => {
  it('is a rate, whose steps are not caught up but for what a timer is late', (t) => {
    let now = 1000;
    t.after(setClock(() => now));
    const pace = new Pace(20);
    assert.equal(pace.pause, 0);
    pace.began();
    assert.equal(pace.pause, 50);
    now += 50;
    assert.equal(pace.pause, 0);
    now += 5; // late
    pace.began();
    assert.equal(pace.pause, 45);
    now += 10_000; // an idle pool saves nothing up
    pace.began();
    pace.began();
    assert.equal(pace.pause, 100);
  });

  it('is none without a rate', (t) => {
    t.after(setClock(() => 1000));
    const pace = new Pace(undefined);
    for (let i = 0; i < 10; i++) pace.began();
    assert.equal(pace.pause, 0);
  });

  it('pauses after losses that follow each other, longer each time up to a limit, until there is an answer', (t) => {
    t.after(setClock(() => 1000));
    const pace = new Pace(undefined);
    const pauses = Array.from({ length: 12 }, () => {
      pace.lost();
      return Math.round(pace.pause);
    });
    assert.deepEqual(pauses, [0, 100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000]);
    pace.answered();
    assert.equal(pace.pause, 0);
    pace.lost();
    assert.equal(pace.pause, 0);
  });
});
