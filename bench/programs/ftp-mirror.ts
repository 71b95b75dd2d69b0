// What the mirrors of FTP share: small folders to warm up with, a large one that is timed, and a look at what has come.

import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, report, timed, units } from './measure.ts';

/** A folder of the server's into a folder here, which is there and empty. */
export type Mirrors = (remote: string, local: string) => Promise<void>;

const WARM_UP = 200;

export async function timeMirrors(mirrors: Mirrors): Promise<void> {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'moonsocket-'));
  try {
    const once = async (files: number, name: string): Promise<void> => {
      const local = mkdtempSync(join(folder, name));
      await mirrors(`files/${files}`, local);
      const sizes = readdirSync(local).map((file) => statSync(join(local, file)).size);
      expect('files', sizes.length, files);
      expect('bytes', Math.min(...sizes), Math.max(...sizes));
    };
    for (let i = 0; i < 3; i++) await once(WARM_UP, 'warm-up');
    const time = await timed(() => once(units, 'timed'));
    rmSync(folder, { recursive: true });
    report({ units, ...time });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}
