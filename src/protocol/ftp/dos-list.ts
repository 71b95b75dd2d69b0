/**
 * Lines of LIST as Windows' servers have them: those of `dir`.
 *
 * ```text
 *   02-03-19  12:34PM       <DIR>          name
 *   02-03-2019  12:34PM               1024 name              with four digits of the year
 *   02-03-19  12:34PM       <JUNCTION>     name [C:\target]
 *   2019-02-03  12:34               1024 name                other servers, 24 hours
 * ```
 *
 * Behind a size stands one blank, behind a mark as many as fill 15 characters; further ones are the name's.
 */
import { type EntryType, FtpEntry, type NameEncoding } from './entry.ts';
import { utc } from './times.ts';

const LINE =
  /^(?:(\d\d)[-/.](\d\d)[-/.](\d\d|\d{4})|(\d{4})-(\d\d)-(\d\d)) {1,4}(\d\d?):(\d\d)(?::\d\d)? ?([AP]M)? +(?:<([A-Z]+)>|([\d,.]+)) /i;
const MARKS: Readonly<Record<string, EntryType>> = {
  DIR: 'directory',
  JUNCTION: 'link',
  SYMLINK: 'link',
  SYMLINKD: 'link',
};
/** What a mark and the blanks behind it fill. */
const MARK_WIDTH = 15;

/** A line of `dir`, without its end; undefined for what is none, null for `.` and `..`. */
export function parseDosLine(line: string, encoding: NameEncoding): FtpEntry | null | undefined {
  const match = LINE.exec(line);
  if (match === null) return undefined;
  const [whole, month, day, shortYear, isoYear, isoMonth, isoDay, hours, minutes, half, mark, digits] = match;
  const year = isoYear === undefined ? fullYear(shortYear as string) : Number(isoYear);
  const hour = hourOf(Number(hours), half?.toUpperCase());
  const time = utc(year, Number(month ?? isoMonth), Number(day ?? isoDay), hour, Number(minutes), 0);
  const type = mark === undefined ? 'file' : MARKS[mark.toUpperCase()];
  if (time === undefined || type === undefined) return undefined;
  let name = line.slice(whole.length + (mark === undefined ? 0 : padding(line, whole.length, mark.length + 3)));
  let link: string | undefined;
  const bracket = type === 'link' && name.endsWith(']') ? name.indexOf(' [') : -1;
  if (bracket > 0) {
    link = name.slice(bracket + 2, -1);
    name = name.slice(0, bracket);
  }
  if (name === '') return undefined;
  if (name === '.' || name === '..') return null;
  const size = digits === undefined ? Number.NaN : Number(digits.replace(/[,.]/g, ''));
  return new FtpEntry(name, encoding, {
    type,
    size: Number.isSafeInteger(size) ? size : undefined,
    time,
    permissions: undefined,
    owner: undefined,
    group: undefined,
    link,
  });
}

/** Blanks that belong to the mark. */
function padding(line: string, from: number, used: number): number {
  let blanks = 0;
  while (blanks < MARK_WIDTH - used && line.charCodeAt(from + blanks) === 0x20) blanks++;
  return blanks;
}

/** IIS has two digits, by the window of Windows: up to 49 they are of this century. */
function fullYear(digits: string): number {
  const year = Number(digits);
  return digits.length === 4 ? year : year + (year < 50 ? 2000 : 1900);
}

function hourOf(hour: number, half: string | undefined): number {
  if (half === undefined) return hour;
  return hour < 1 || hour > 12 ? 24 : (hour % 12) + (half === 'PM' ? 12 : 0);
}
