/** Files of a message: how they are read, and those that are read at once, as `source.file` reads a descriptor. */
import { openSync, statSync } from 'node:fs';
import type { MaybePromise } from '../core/flow.ts';
import { fileSourceBy } from '../ltn12/files.ts';
import type { Source, SyncSource } from '../ltn12/protocol.ts';

/** Bytes of one read: whole lines of base64 (57 bytes each), which make a little less than four writes. */
export const MAIL_READ: number = 4 * 840 * 57;

/** How the files of a message are read. */
export interface MailFiles {
  /** A source of the file, which is opened by the first read. */
  open(path: string | URL): Source;
  /** Its bytes, as the file system has them; undefined for what is no plain file. */
  size(path: string | URL): MaybePromise<number | undefined>;
}

/** At once: the event loop waits for the disk. */
export const FILES_AT_ONCE: MailFiles = { open: openFile, size: sizeOfFile };

/** A source of the file, which is opened by the first read. @throws the system's errors */
function openFile(path: string | URL): SyncSource {
  let file: SyncSource | undefined;
  const source: SyncSource = () => {
    file ??= fileSourceBy(MAIL_READ, openSync(path, 'r'));
    return file();
  };
  source.close = (error) => file?.close?.(error);
  return source;
}

/** Its bytes, as the file system has them; undefined for what is no plain file. */
function sizeOfFile(path: string | URL): number | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true ? stats.size : undefined;
}
