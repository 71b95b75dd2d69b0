/** Files of mails in the await face: by promises, so that nothing else waits for the disk. */
import { open, stat } from 'node:fs/promises';
import { fileSourceBy } from '../ltn12/files.ts';
import type { Chunk, Source } from '../ltn12/protocol.ts';
import { MAIL_READ, type MailFiles } from '../mail/files.ts';

export const mailFiles: MailFiles = {
  open(path) {
    let file: Source | undefined;
    const begin = async (): Promise<Chunk> => {
      file = fileSourceBy(MAIL_READ, await open(path, 'r'));
      return await file();
    };
    const source: Source = () => (file === undefined ? begin() : file());
    source.close = (error) => file?.close?.(error);
    return source;
  },
  async size(path) {
    try {
      const stats = await stat(path);
      return stats.isFile() ? stats.size : undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  },
};
