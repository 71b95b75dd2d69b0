/** `select` over something that changes all the time and is never ready: the timeout ends it all the same. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { select } from '../../src/entry/index.ts';

/** A state that cannot be waited out becomes ready by itself, so that a failure ends, too. */
const MOST_CHANGES = 200_000;

it('ends, with nothing, whatever changes meanwhile', async () => {
  for (const timeout of [0, 0.02]) {
    let changes = 0;
    const readiness = {
      readable: () => changes >= MOST_CHANGES,
      writable: () => false,
      watch(changed: () => void) {
        let next = setImmediate(function again() {
          changes++;
          changed();
          next = setImmediate(again);
        });
        return () => clearImmediate(next);
      },
    };
    const { readable } = await select([{ readiness }], [], timeout);
    assert.equal(readable.length, 0, `${timeout}: after ${changes} changes`);
    assert.ok(changes > 0, 'it did not look');
  }
});
