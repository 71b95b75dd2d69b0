/**
 * Lines of MLSD and MLST: facts, a blank, and the name (RFC 3659, section 7.2).
 *
 * ```text
 *   entry = [ facts ] SP pathname
 *   facts = 1*( factname "=" value ";" )
 *
 *   type=file;size=1024990;modify=19970214165800;UNIX.mode=0644; cap60.pl198.tar.gz
 * ```
 */
import { type EntryFacts, type EntryType, FtpEntry, type NameEncoding } from './entry.ts';
import { parseTime } from './times.ts';

/**
 * A line of MLSD, without its end. Null for the directory itself and its parent; undefined for what is no such line. Of
 * MLST's (`single`) these two are what was asked for, and the name may be a whole path, whose last part is taken.
 */
export function parseFacts(line: string, encoding: NameEncoding, single = false): FtpEntry | null | undefined {
  const blank = endOfFacts(line);
  if (blank < 0 || blank === line.length - 1) return undefined;
  const facts = factsOf(line, blank, single);
  if (facts === undefined || facts === null) return facts;
  const path = line.slice(blank + 1);
  return new FtpEntry(single ? lastPart(path) : path, encoding, facts);
}

/** The place of the blank before the name: a value may have blanks itself (a link's target), or end without `;`. */
function endOfFacts(line: string): number {
  if (line.charCodeAt(0) === 0x20) return 0;
  const end = line.indexOf('; ');
  return end < 0 ? line.indexOf(' ') : end + 1;
}

function lastPart(path: string): string {
  const bare = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  return bare === '/' ? bare : bare.slice(bare.lastIndexOf('/') + 1);
}

/** The facts before `length`. Those that are not wanted are passed over, and no text is made of them. */
function factsOf(text: string, length: number, single: boolean): EntryFacts | null | undefined {
  let type: EntryType = 'other';
  let size: number | undefined;
  let time: number | undefined;
  let permissions: number | undefined;
  let owner: string | undefined;
  let group: string | undefined;
  let link: string | undefined;
  for (let at = 0; at < length; ) {
    const semicolon = text.indexOf(';', at);
    const end = semicolon < 0 || semicolon > length ? length : semicolon;
    const equals = text.indexOf('=', at);
    if (equals < at || equals > end) return undefined;
    const from = equals + 1;
    // Section 7.5: names of facts have no case.
    switch (text.slice(at, equals).toLowerCase()) {
      case 'type': {
        const value = text.slice(from, end);
        const kind = value.toLowerCase();
        // Section 7.5.1.
        if ((kind === 'cdir' || kind === 'pdir') && !single) return null;
        if (kind === 'file') type = 'file';
        else if (kind === 'dir' || kind === 'cdir' || kind === 'pdir') type = 'directory';
        // Not of the RFC, but of all Unix servers: `OS.unix=slink:/target`, `OS.unix=symlink`.
        else if (kind.startsWith('os.unix=slink') || kind.startsWith('os.unix=symlink')) {
          type = 'link';
          const colon = value.indexOf(':');
          if (colon > 0 && colon < value.length - 1) link = value.slice(colon + 1);
        }
        break;
      }
      case 'size':
      case 'sizd': // proftpd's and pure-ftpd's of a directory
        size = digits(text, from, end);
        break;
      case 'modify':
        time = parseTime(text.slice(from, end));
        break;
      case 'unix.mode':
        permissions = octal(text.slice(from, end));
        break;
      case 'unix.ownername':
        owner = text.slice(from, end);
        break;
      case 'unix.groupname':
        group = text.slice(from, end);
        break;
      case 'unix.owner':
      case 'unix.uid':
        owner ??= text.slice(from, end);
        break;
      case 'unix.group':
      case 'unix.gid':
        group ??= text.slice(from, end);
        break;
    }
    at = end + 1;
  }
  return { type, size, time, permissions, owner, group, link };
}

/** A size, if it is one that a number holds. */
function digits(text: string, from: number, to: number): number | undefined {
  if (from === to || to - from > MOST_DIGITS) return undefined;
  let size = 0;
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    size = size * 10 + digit;
  }
  return Number.isSafeInteger(size) ? size : undefined;
}

/** Those of the largest safe integer. */
const MOST_DIGITS = 16;

function octal(text: string): number | undefined {
  return /^[0-7]{1,7}$/.test(text) ? Number.parseInt(text, 8) & 0o7777 : undefined;
}
