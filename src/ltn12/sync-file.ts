/** A descriptor as a file: read and written at once, whatever the face. The part of LTN12 that knows Node's files. */
import { closeSync, readSync, writeSync } from 'node:fs';
import { badArgument } from '../core/errors.ts';

/** What `source.file` and `sink.file` need of a file; Node's FileHandle is one, a descriptor becomes one. */
export interface SyncFile {
  read(buffer: Uint8Array, offset: number, length: number, position: null): { readonly bytesRead: number };
  write(buffer: Uint8Array, offset: number, length: number, position: null): { readonly bytesWritten: number };
  close(): void;
}

export function fileOf(call: string, fd: number): SyncFile {
  if (!Number.isInteger(fd) || fd < 0) throw badArgument(`${call}: a descriptor is a whole number from 0, not ${fd}`);
  return {
    read: (buffer, offset, length, position) => ({ bytesRead: readSync(fd, buffer, offset, length, position) }),
    write: (buffer, offset, length, position) => ({ bytesWritten: writeSync(fd, buffer, offset, length, position) }),
    close: () => closeSync(fd),
  };
}
