// What the codec programs are given, the same bytes in JavaScript and Lua, and how they measure one codec after the other.

import { expect, report, units } from './measure.ts';

const MiB = 2 ** 20;

/** Data without any pattern (Park and Miller's generator, which doubles can compute exactly). */
export const data: Buffer = Buffer.alloc(MiB);
for (let i = 0, state = 1; i < MiB; i++) {
  state = (state * 16_807) % 2_147_483_647;
  data[i] = state % 256;
}

/** Text in UTF-8 with some characters to quote, as European mail has. */
const line = 'The quick brown fox jumps over the lazy dog in the café, which is 1.50 € = 3 DM.\r\n';
export const text: Buffer = Buffer.from(line.repeat(MiB / line.length)).subarray(0, MiB);

/** Runs each codec `units` times, after a warm-up, and reports the time of each. What it gives is measured by its length. */
export function measure(codecs: Readonly<Record<string, { run: () => { length: number }; length: number }>>): void {
  const seconds: Record<string, number> = {};
  const start = performance.now();
  for (const [name, { run, length }] of Object.entries(codecs)) {
    for (let i = 0; i < 20; i++) expect(name, run().length, length);
    const before = process.cpuUsage();
    for (let i = 0; i < units; i++) run();
    const { user, system } = process.cpuUsage(before);
    seconds[name] = (user + system) / 1e6;
  }
  const cpuSeconds = Object.values(seconds).reduce((sum, each) => sum + each, 0);
  report({ units, cpuSeconds, wallSeconds: (performance.now() - start) / 1000, seconds });
}
