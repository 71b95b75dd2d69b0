/** Made-up cases, by which the pool itself is tested (pool.test.ts). */
import assert from 'node:assert/strict';
import type { Case } from './support.ts';

export const ALL_CASES: readonly Case[] = [
  {
    name: 'passes',
    async run(face) {
      await face.sleep(0.01);
    },
  },

  {
    name: 'fails, and tells its process',
    async run() {
      assert.equal(process.pid, 0);
    },
  },

  {
    name: 'waits for ever',
    async run() {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    },
  },

  {
    name: 'ends its process',
    async run() {
      process.exit(3);
    },
  },

  {
    name: 'passes, and does not let its process end',
    async run() {
      process.on('exit', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
    },
  },
];
