// What the programs of SMTP share: small messages one after the other, or one with a large attachment, and the figures of both.

import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watchingRss } from './http-download.watch.ts';
import { report, timed, units } from './measure.ts';

/** `messages`, of which there are `units`, or `attachment`, of `units` bytes. */
const task = process.argv[4] as 'messages' | 'attachment';

export const FROM = 'ann@sender.example';
export const TO = 'bob@receiver.example';
export const SUBJECT = 'Report of the day';
export const TEXT = `${'A line of a small message, as a program sends it.\n'.repeat(20)}`;

const WARM_UP = { messages: 2000, attachment: 2 ** 24 };

/** A client: sends a message with TEXT, and a file if there is one. */
export type Send = (path: string | undefined) => void | Promise<void>;

export async function timeMails(send: Send): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'moonsocket-'));
  try {
    const memory = await watchingRss();
    const watch = setInterval(() => memory.came(2 ** 23), 20);
    const files = { small: sparse(folder, 'small', WARM_UP.attachment), large: sparse(folder, 'large', units) };
    const once = async (count: number, path: string): Promise<void> => {
      if (task === 'attachment') return await send(path);
      for (let i = 0; i < count; i++) {
        const sent = send(undefined);
        if (sent !== undefined) await sent;
      }
    };
    await once(WARM_UP.messages, files.small);
    const time = await timed(() => once(units, files.large));
    clearInterval(watch);
    memory.came(2 ** 23);
    rmSync(folder, { recursive: true });
    report({ units, ...time, bytes: { growth: memory.growth() } });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** A file of zeros that takes no room; where only messages are sent, it is not read. */
function sparse(folder: string, name: string, bytes: number): string {
  const path = join(folder, name);
  const file = openSync(path, 'w');
  ftruncateSync(file, bytes);
  closeSync(file);
  return path;
}
