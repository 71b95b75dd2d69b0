/** The files that a program of LuaSec's names, as far as its machine may read them: OpenSSL gets their bytes. */
import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import type { Files } from '../../host/paths.ts';

const { O_RDONLY, O_DIRECTORY, O_NONBLOCK } = constants;

/** The largest file of keys or certificates: Debian's bundle has 220 KB. */
export const CERTIFICATES_SIZE = 16_777_216;

/** Names that OpenSSL looks certificates and revocation lists up by, in a folder: c_rehash(1). */
const HASHED = /^[\da-f]{8}\.r?\d+$/;

/** The bytes of a file; undefined where there is none that may be read. */
export function readFile(files: Files, path: Buffer): Buffer | undefined {
  try {
    return files.opening(path, O_RDONLY | O_NONBLOCK, (place, flags) => {
      const fd = openSync(place, flags);
      try {
        const stats = fstatSync(fd);
        return stats.isFile() && stats.size <= CERTIFICATES_SIZE ? readFileSync(fd) : undefined;
      } finally {
        closeSync(fd);
      }
    });
  } catch {
    return undefined;
  }
}

/** The files of a folder that OpenSSL would find there; none where it may not be read. */
export function* filesOf(files: Files, folder: Buffer): Generator<Buffer> {
  let names: readonly string[];
  try {
    names = files.opening(folder, O_RDONLY | O_DIRECTORY, (place) => readdirSync(place));
  } catch {
    return;
  }
  for (const name of names.filter((one) => HASHED.test(one)).sort()) {
    const bytes = readFile(files, Buffer.concat([folder, Buffer.from(`/${name}`)]));
    if (bytes !== undefined) yield bytes;
  }
}
