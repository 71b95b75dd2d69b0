/** How a download's progress reads. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { bytesText, progressLine, secondsText } from '../../src/cli/progress.ts';

const MIB = 1024 * 1024;
const HALF = { here: 5 * MIB, before: 0, total: 10 * MIB, seconds: 2 };

describe('numbers for people', () => {
  it('bytes', () => {
    const texts = [0, 1023, 1024, 1536, 1024 * 1024 - 1, MIB, 5.25 * 1024 * MIB, 2 ** 50].map(bytesText);
    assert.deepEqual(texts, ['0 B', '1023 B', '1.0 KiB', '1.5 KiB', '1.0 MiB', '1.0 MiB', '5.3 GiB', '1.0 PiB']);
  });

  it('seconds', () => {
    const texts = [0, 0.1, 59, 59.5, 61, 3600, 3723].map(secondsText);
    assert.deepEqual(texts, ['0:00', '0:01', '0:59', '1:00', '1:01', '1:00:00', '1:02:03']);
  });
});

describe('the line', () => {
  it('has a bar, the size, the rate and the time left', () => {
    const line = ' 50% [==============               ]  5.0 MiB of 10.0 MiB  2.5 MiB/s  0:02 left';
    assert.equal(progressLine(HALF, 79), line);
    assert.match(progressLine(HALF, 200), /^ 50% \[={20} {20}\] {2}5/);
  });

  it('leaves out what matters least where there is little room', () => {
    assert.equal(progressLine(HALF, 50), ' 50%  5.0 MiB of 10.0 MiB  2.5 MiB/s  0:02 left');
    assert.equal(progressLine(HALF, 40), ' 50% [=====      ]  2.5 MiB/s  0:02 left');
    assert.equal(progressLine(HALF, 16), ' 50%  0:02 left');
    assert.equal(progressLine(HALF, 4), ' 50%');
    assert.equal(progressLine(HALF, 2), ' 5');
  });

  it('does without a total', () => {
    assert.equal(progressLine({ ...HALF, total: undefined }, 79), '5.0 MiB  2.5 MiB/s  0:02');
    assert.equal(progressLine({ ...HALF, total: undefined }, 10), '5.0 MiB');
  });

  it('counts what was there before for the size and not for the rate', () => {
    assert.match(progressLine({ ...HALF, before: 4 * MIB }, 60), / 50%.*512\.0 KiB\/s {2}0:10 left$/);
  });

  it('has no time for what does not move, and no 100% before the end', () => {
    assert.match(progressLine({ here: 0, before: 0, total: 10, seconds: 0 }, 60), /0 B\/s {2}-:-- left$/);
    assert.match(progressLine({ here: 9999, before: 0, total: 10_000, seconds: 1 }, 60), /^ 99% /);
    assert.match(progressLine({ here: 10, before: 10, total: 10, seconds: 0 }, 60), /^100% .*0:00 left$/);
    assert.match(progressLine({ here: 0, before: 0, total: 0, seconds: 0 }, 60), /^100% .*0:00 left$/);
  });

  it('fits, whatever the numbers', () => {
    const bytes = fc.nat({ max: 2 ** 52 });
    const progress = fc.record({
      here: bytes,
      before: fc.constant(0),
      total: fc.option(bytes, { nil: undefined }),
      seconds: fc.double({ min: 1e-3, max: 1e9, noNaN: true }),
    });
    fc.assert(
      fc.property(progress, fc.integer({ min: 1, max: 300 }), (numbers, width) => {
        const line = progressLine(numbers, width);
        return line.length <= width && !/NaN|Infinity|undefined/.test(line);
      }),
      { numRuns: 2000 },
    );
  });
});
