/** Files of this machine, for sessions of FTP in the blocking face. */
import {
  closeSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileSink, fileSource } from '../ltn12/files.ts';
import type { SyncSource } from '../ltn12/protocol.ts';
import { entryTypeOf, type LocalFiles } from '../protocol/ftp/local-files.ts';

export const localFiles: LocalFiles = {
  read(path, offset) {
    const fd = openSync(path, 'r');
    try {
      const { size } = fstatSync(fd);
      let at = offset;
      const from = {
        read(buffer: Uint8Array, begin: number, length: number) {
          const bytesRead = readSync(fd, buffer, begin, length, at);
          at += bytesRead;
          return { bytesRead };
        },
        close: () => closeSync(fd),
      };
      // Its reads answer at once.
      return { size, source: offset === 0 ? fileSource(fd) : (fileSource(from) as SyncSource) };
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  },
  write: (path, offset) => fileSink(openSync(path, offset === 0 ? 'w' : 'a')),
  size(path) {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats?.size;
  },
  list(path) {
    try {
      return readdirSync(path, { withFileTypes: true }).map((entry) => {
        const type = entryTypeOf(entry);
        const stats = type === 'file' ? lstatSync(join(path, entry.name), { throwIfNoEntry: false }) : undefined;
        return { name: entry.name, type, size: stats?.size, time: stats?.mtimeMs };
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  },
  makeFolder(path) {
    mkdirSync(path, { recursive: true });
  },
  setTime: (path, time) => utimesSync(path, time / 1000, time / 1000),
  join,
  caseless: process.platform === 'darwin' || process.platform === 'win32',
};
