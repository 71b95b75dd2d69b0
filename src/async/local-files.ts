/** Files of this machine, for sessions of FTP in the await face. */
import { open, stat } from 'node:fs/promises';
import { fileSink, fileSource } from '../ltn12/files.ts';
import type { LocalFiles } from '../protocol/ftp/copies.ts';

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
};
