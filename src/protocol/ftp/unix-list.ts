/**
 * Lines of LIST as most servers have them: those of `ls -l`, which no standard of FTP describes (RFC 959, section 4.1.3).
 *
 * ```text
 *   -rw-r--r--   1 owner    group        1024 Feb  3 12:34 name           a date within half a year
 *   lrwxrwxrwx   1 owner    group           6 Feb  3  2019 name -> target
 *   crw-rw-rw-   1 root     root       1,   3 Feb  3 12:34 null           a device: its numbers, no size
 *   drwxr-xr-x+  2 domain users        4096 2019-02-03 12:34 name         ACL, no group, a date in numbers
 *   d [R----F--] supervisor             512 Jan 16 18:53    login         NetWare
 * ```
 *
 * Only the date can be told from its neighbours: it is sought, its left neighbour is the size, and behind one blank the
 * name begins, with all the blanks that it has.
 */
import { type EntryType, FtpEntry, type NameEncoding } from './entry.ts';
import { type FoundDate, findDate, type ListClock } from './list-dates.ts';

/** The first letter: those of ls(1), and of Solaris (D, P, C, M, n). */
function typeOf(letter: string): EntryType | undefined {
  if (letter === '-') return 'file';
  if (letter === 'd') return 'directory';
  if (letter === 'l') return 'link';
  return letter !== '' && 'bcpsDPCMn?'.includes(letter) ? 'other' : undefined;
}

const NETWARE = /^ ?\[[-A-Z]{8}\]/;

/** A line of `ls -l`, without its end; undefined for what is none, null for `.` and `..`. */
export function parseUnixLine(line: string, encoding: NameEncoding, clock: ListClock): FtpEntry | null | undefined {
  const type = typeOf(line.charAt(0));
  if (type === undefined) return undefined;
  const mode = knownMode(line);
  const netware = mode === NO_MODE ? NETWARE.exec(line.slice(1, 12)) : null;
  if (mode === NO_MODE && netware === null) return undefined;
  const from = netware === null ? 10 : 1 + netware[0].length;
  const date = findDate(line, from, clock);
  if (date === undefined) return undefined;
  const nameStart = netware === null ? date.end + 1 : skipBlanks(line, date.end);
  let name = line.slice(nameStart);
  const size = sizeOf(line, date);
  let link: string | undefined;
  if (type === 'link') [name, link] = partLink(name, size);
  if (name === '') return undefined;
  if (name === '.' || name === '..') return null;
  const [owner, group] = ownersOf(line, from, date.sizeStart);
  const permissions = mode < 0 ? undefined : mode;
  return new FtpEntry(name, encoding, { type, size, time: date.time, permissions, owner, group, link });
}

function skipBlanks(line: string, from: number): number {
  let at = from;
  while (line.charCodeAt(at) === BLANK) at++;
  return at;
}

const BLANK = 0x20;

/**
 * What stands between the permissions and the size: `links owner group`. Some servers leave out the links, some the
 * group. A group with blanks is one of Windows' domains (`Domain Users`).
 */
function ownersOf(line: string, from: number, to: number): [owner: string | undefined, group: string | undefined] {
  const mark = line.charAt(from);
  // Of an ACL, a security context, an attribute of macOS.
  let start = skipBlanks(line, mark === '+' || mark === '.' || mark === '@' ? from + 1 : from);
  let end = Math.min(line.indexOf(' ', start), to);
  const next = skipBlanks(line, end);
  if (next < to && isNumber(line, start, end)) {
    start = next;
    end = Math.min(line.indexOf(' ', start), to);
  }
  if (start >= to) return [undefined, undefined];
  const groupStart = skipBlanks(line, end);
  let groupEnd = to;
  while (line.charCodeAt(groupEnd - 1) === BLANK) groupEnd--;
  return [line.slice(start, end), groupStart < groupEnd ? line.slice(groupStart, groupEnd) : undefined];
}

function isNumber(line: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const code = line.charCodeAt(at);
    if (code < 0x30 || code > 0x39) return false;
  }
  return to > from;
}

function sizeOf(line: string, { sizeStart, sizeEnd }: FoundDate): number | undefined {
  let size = 0;
  for (let at = sizeStart; at < sizeEnd; at++) {
    const digit = line.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return undefined; // a device's numbers
    size = size * 10 + digit;
  }
  return Number.isSafeInteger(size) ? size : undefined;
}

/** Name and target of a link. Either may have an arrow itself: on Unix the size is the length of the target, which tells. */
function partLink(text: string, size: number | undefined): [name: string, link: string | undefined] {
  const bySize = size === undefined ? -1 : text.length - size - ARROW.length;
  const at = bySize > 0 && text.startsWith(ARROW, bySize) ? bySize : text.indexOf(ARROW);
  return at <= 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + ARROW.length)];
}

const ARROW = ' -> ';

const NO_MODE = -1;
const UNKNOWN_MODE = -2;
const QUESTION_MARK = 0x3f;

/** What the letter of each place sets; an x may stand for a bit of its own besides, or instead of it. */
const BITS: readonly ReadonlyMap<number, number>[] = Array.from({ length: 9 }, (_, i) => {
  const own = 1 << (8 - i);
  if (i % 3 !== 2) return letters([i % 3 === 0 ? 'r' : 'w', own]);
  const special = 0o4000 >> ((i - 2) / 3);
  const [both, alone] = i === 8 ? ['t', 'T'] : ['s', 'S'];
  return letters(['x', own], [both, own | special], [alone, special]);
});

function letters(...pairs: readonly (readonly [letter: string, bits: number])[]): ReadonlyMap<number, number> {
  return new Map([['-', 0] as const, ...pairs].map(([letter, bits]) => [letter.charCodeAt(0), bits]));
}

/** The last letters that were read: most lines of a listing have those of the line before. */
let lastLetters = '---------';
let lastMode = 0;

function knownMode(line: string): number {
  if (line.startsWith(lastLetters, 1)) return lastMode;
  const mode = modeAt(line);
  if (mode >= 0) {
    lastLetters = line.slice(1, 10);
    lastMode = mode;
  }
  return mode;
}

/** The nine letters from the second one on as permissions; `?` stands for what ls could not ask. */
function modeAt(line: string): number {
  let bits = 0;
  let unknown = false;
  for (let i = 0; i < 9; i++) {
    const code = line.charCodeAt(i + 1);
    const sets = (BITS[i] as ReadonlyMap<number, number>).get(code);
    if (sets !== undefined) bits |= sets;
    else if (code === QUESTION_MARK) unknown = true;
    else return NO_MODE;
  }
  return unknown ? UNKNOWN_MODE : bits;
}
