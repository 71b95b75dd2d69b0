/** Files of a message, read at once in both faces, as `source.file` reads a descriptor: a block of 64 KiB at a time. */
import { openSync, statSync } from 'node:fs';
import { fileSource } from '../ltn12/files.ts';
import type { SyncSource } from '../ltn12/protocol.ts';

/** A source of the file, which is opened by the first read. @throws the system's errors */
export function openFile(path: string | URL): SyncSource {
  let file: SyncSource | undefined;
  const source: SyncSource = () => {
    file ??= fileSource(openSync(path, 'r'));
    return file();
  };
  source.close = (error) => file?.close?.(error);
  return source;
}

/** Its bytes, as the file system has them; undefined for what is no plain file. */
export function sizeOfFile(path: string | URL): number | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true ? stats.size : undefined;
}
