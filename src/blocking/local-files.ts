/** Files of this machine, for sessions of FTP in the blocking face. */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { fileSink, fileSource } from '../ltn12/files.ts';
import type { SyncSource } from '../ltn12/protocol.ts';
import type { LocalFiles } from '../protocol/ftp/copies.ts';

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
};
