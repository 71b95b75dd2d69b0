/** Files of this machine, for sessions of FTP in the await face. */
import type { Stats } from 'node:fs';
import { lstat, mkdir, open, readdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { fileSink, fileSource } from '../ltn12/files.ts';
import { entryTypeOf, type LocalFiles } from '../protocol/ftp/local-files.ts';
import type { MirrorItem } from '../protocol/ftp/mirror-plan.ts';

export const localFiles: LocalFiles = {
  async read(path, offset) {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      let at = offset;
      const from = {
        read: async (buffer: Uint8Array, begin: number, length: number) => {
          const result = await file.read(buffer, begin, length, at);
          at += result.bytesRead;
          return result;
        },
        close: () => file.close(),
      };
      return { size, source: fileSource(offset === 0 ? file : from) };
    } catch (error) {
      await file.close();
      throw error;
    }
  },
  async write(path, offset) {
    // 'a' would leave what stands behind the offset where it is; 'w' makes it anew.
    const file = await open(path, offset === 0 ? 'w' : 'a');
    return fileSink(file);
  },
  async size(path) {
    try {
      return (await stat(path)).size;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  },
  async list(path) {
    const items: MirrorItem[] = [];
    try {
      for (const entry of await readdir(path, { withFileTypes: true })) {
        const type = entryTypeOf(entry);
        const stats = type === 'file' ? await statsOf(join(path, entry.name)) : undefined;
        items.push({ name: entry.name, type, size: stats?.size, time: stats?.mtimeMs });
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    return items;
  },
  async makeFolder(path) {
    await mkdir(path, { recursive: true });
  },
  setTime: (path, time) => utimes(path, time / 1000, time / 1000),
  join,
  caseless: process.platform === 'darwin' || process.platform === 'win32',
};

/** Undefined for what has gone since it was listed. */
async function statsOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
