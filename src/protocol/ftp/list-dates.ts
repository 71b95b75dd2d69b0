/**
 * Dates in the lines of LIST: where one stands, and which time it means. Lines are scanned by their characters' codes and
 * not by patterns: listings have 100,000 of them.
 */
import { isLeap, utc } from './times.ts';

/** The time now, once for a listing. */
export interface ListClock {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Its year, in UTC. */
  readonly year: number;
}

/** The clock of a listing. */
export function listClock(now: number): ListClock {
  return { now, year: new Date(now).getUTCFullYear() };
}

/** Where a date stands in a line, behind a size, and what it means. */
export interface FoundDate {
  /** Where the word before the date begins: a size, or the numbers of a device. */
  readonly sizeStart: number;
  readonly sizeEnd: number;
  /** Where the date ends. */
  readonly end: number;
  /** Milliseconds since the epoch; undefined for a month in another language than English. */
  readonly time: number | undefined;
}

/** Words in front of a date that are looked at: permissions, links, an owner and a group with some blanks, a size. */
const WORDS = 24;

const DAY_MILLISECONDS = 86_400_000;
const BLANK = 0x20;
const HYPHEN = 0x2d;

/**
 * The first date from `from` on, with a size or what stands for it before; undefined if there is none. English months
 * are sought first: `root 1 4096` could be a date in another language, and is an owner, a group and a size.
 */
export function findDate(line: string, from: number, clock: ListClock): FoundDate | undefined {
  const common = commonDate(line, from, clock);
  if (common !== undefined) return common;
  const found = search(line, from, clock, false) ?? search(line, from, clock, true);
  if (found === undefined || found.time !== undefined) return found;
  // What seemed to be the year was the size, if a date follows it.
  const next = search(line, found.end - 4, clock, true);
  return next !== undefined && next.sizeEnd === found.end ? next : found;
}

/**
 * The line of nearly all servers, `links owner group size Mon DD HH:MM `, where the date has a place of its own. A pattern
 * that only says where it ended makes no objects, and is quicker than the scan.
 */
const COMMON = /[+.@]? +\d+ +\S+ +\S+ +\d+ [A-Z][a-z][a-z] [ \d]\d (?:\d\d:\d\d| \d{4}) /y;
const DATE_WIDTH = 12;

function commonDate(line: string, from: number, clock: ListClock): FoundDate | undefined {
  COMMON.lastIndex = from;
  if (!COMMON.test(line)) return undefined;
  const end = COMMON.lastIndex - 1;
  const start = end - DATE_WIDTH;
  const date = dateAt(line, start, start + 3, clock);
  if (date === undefined) return undefined;
  return { sizeStart: line.lastIndexOf(' ', start - 2) + 1, sizeEnd: start - 1, end, time: date.time };
}

function search(line: string, from: number, clock: ListClock, foreign: boolean): FoundDate | undefined {
  let sizeStart = -1;
  let sizeEnd = -1;
  let beforeStart = -1;
  let beforeEnd = -1;
  let start = wordStart(line, from);
  for (let count = 0; count < WORDS && start < line.length; count++) {
    const end = wordEnd(line, start);
    if (sizeStart >= 0 && isDigit(line, sizeStart) && isDigit(line, sizeEnd - 1)) {
      const date = foreign ? foreignDate(line, start, end) : dateAt(line, start, end, clock);
      if (date !== undefined) {
        // `1,   3`: the two numbers of a device.
        const device = beforeEnd > 0 && line.charCodeAt(beforeEnd - 1) === 0x2c;
        return { sizeStart: device ? beforeStart : sizeStart, sizeEnd, end: date.end, time: date.time };
      }
    }
    beforeStart = sizeStart;
    beforeEnd = sizeEnd;
    sizeStart = start;
    sizeEnd = end;
    start = wordStart(line, end);
  }
  return undefined;
}

function wordStart(line: string, from: number): number {
  let at = from;
  while (line.charCodeAt(at) === BLANK) at++;
  return at;
}

function wordEnd(line: string, from: number): number {
  // Words are short: indexOf would cost more than it finds.
  let at = from;
  while (at < line.length && line.charCodeAt(at) !== BLANK) at++;
  return at;
}

function isDigit(line: string, at: number): boolean {
  const code = line.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

interface DateAt {
  readonly end: number;
  readonly time: number | undefined;
}

/** A date that begins with the word from `start` to `end`: `Feb  3 12:34`, `3 Feb  2019`, `2019-02-03 12:34`. */
function dateAt(line: string, start: number, end: number, clock: ListClock): DateAt | undefined {
  const second = wordStart(line, end);
  if (isDigit(line, start)) {
    if (line.charCodeAt(end - 3) === HYPHEN) return numericDate(line, start, end, second, clock);
    const day = dayAt(line, start, end);
    if (day === undefined) return undefined;
    const secondEnd = wordEnd(line, second);
    const month = monthAt(line, second, secondEnd);
    return month === undefined ? undefined : yearOrTime(line, month, day, secondEnd, clock);
  }
  const month = monthAt(line, start, end);
  if (month === undefined) return undefined;
  const secondEnd = wordEnd(line, second);
  const day = dayAt(line, second, secondEnd);
  return day === undefined ? undefined : yearOrTime(line, month, day, secondEnd, clock);
}

/** English months by three letters, in any case; whole words alone, since those of other languages begin as these do. */
function monthAt(line: string, start: number, end: number): number | undefined {
  if (end - start !== 3) return undefined;
  const key =
    ((line.charCodeAt(start) | 0x20) << 16) |
    ((line.charCodeAt(start + 1) | 0x20) << 8) |
    (line.charCodeAt(start + 2) | 0x20);
  return MONTHS.get(key);
}

const MONTHS: ReadonlyMap<number, number> = new Map(
  ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'].map((name, index) => [
    Buffer.from(name, 'latin1').readUIntBE(0, 3),
    index + 1,
  ]),
);

/** One or two digits, and a point or a comma behind them in some languages. */
function dayAt(line: string, start: number, end: number): number | undefined {
  const last = line.charCodeAt(end - 1);
  const length = (last === 0x2e || last === 0x2c ? end - 1 : end) - start;
  if (length < 1 || length > 2 || !isDigit(line, start)) return undefined;
  const first = line.charCodeAt(start) - 0x30;
  if (length === 1) return first;
  return isDigit(line, start + 1) ? first * 10 + line.charCodeAt(start + 1) - 0x30 : undefined;
}

/** The word behind month and day: a time of day within half a year, else a year. */
function yearOrTime(line: string, month: number, day: number, from: number, clock: ListClock): DateAt | undefined {
  const start = wordStart(line, from);
  const end = wordEnd(line, start);
  const colon = end - 3;
  const two = end - start;
  if ((two === 5 || two === 4) && line.charCodeAt(colon) === 0x3a) {
    const hour = dayAt(line, start, colon);
    const minute = dayAt(line, colon + 1, end);
    if (hour === undefined || minute === undefined) return undefined;
    const time = pastTime(month, day, hour, minute, clock);
    return time === undefined ? undefined : { end, time };
  }
  if (two !== 4) return undefined;
  const century = dayAt(line, start, start + 2);
  const year = dayAt(line, start + 2, end);
  if (century === undefined || year === undefined) return undefined;
  const time = utc(century * 100 + year, month, day, 0, 0, 0);
  return time === undefined ? undefined : { end, time };
}

/** A date in another language has the same shape: a month that is no number, a day, and a year or a time of day. */
function foreignDate(line: string, start: number, end: number): DateAt | undefined {
  const second = wordStart(line, end);
  const secondEnd = wordEnd(line, second);
  const third = wordStart(line, secondEnd);
  const thirdEnd = wordEnd(line, third);
  const swapped = dayAt(line, start, end) !== undefined;
  const month = swapped ? line.slice(second, secondEnd) : line.slice(start, end);
  const isDate = swapped || dayAt(line, second, secondEnd) !== undefined;
  // English ones are dates of a day that does not exist, and are refused.
  if (!isDate || /^\d+$/.test(month) || monthAt(month, 0, month.length) !== undefined) return undefined;
  return /^(?:\d{4}|\d\d?:\d\d)$/.test(line.slice(third, thirdEnd)) ? { end: thirdEnd, time: undefined } : undefined;
}

/** `2019-02-03 12:34`, and `02-03 12:34` within half a year (ls's time styles `long-iso` and `iso`). */
function numericDate(line: string, start: number, end: number, second: number, clock: ListClock): DateAt | undefined {
  const date = /^(?:(\d{4})-)?(\d\d)-(\d\d)$/.exec(line.slice(start, end));
  if (date === null) return undefined;
  const [, year, month, day] = date;
  const secondEnd = wordEnd(line, second);
  const clockTime = /^(\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?$/.exec(line.slice(second, secondEnd));
  if (clockTime === null) {
    // `iso` has `2019-02-03 ` alone, padded to the width of the others.
    const time = year === undefined ? undefined : utc(Number(year), Number(month), Number(day), 0, 0, 0);
    return time === undefined ? undefined : { end: end + 1, time };
  }
  const [hour, minute, seconds] = [Number(clockTime[1]), Number(clockTime[2]), Number(clockTime[3] ?? 0)];
  const time =
    year === undefined
      ? pastTime(Number(month), Number(day), hour, minute, clock)
      : utc(Number(year), Number(month), Number(day), hour, minute, seconds);
  return time === undefined ? undefined : { end: secondEnd, time };
}

/**
 * The last such day that is not in the future: servers leave out the year within half a year. Their clocks are in zones
 * ahead of ours by up to 14 hours, so a time of the next 24 hours means now.
 */
function pastTime(month: number, day: number, hour: number, minute: number, clock: ListClock): number | undefined {
  const { now, year } = clock;
  // The first of January may have come there, and not here.
  for (let candidate = month === 1 ? year + 1 : year; candidate >= year; candidate--) {
    const time = utc(candidate, month, day, hour, minute, 0);
    if (time !== undefined && time <= now + DAY_MILLISECONDS) return Math.min(time, now);
  }
  let last = year - 1;
  while (month === 2 && day === 29 && !isLeap(last)) last--;
  return utc(last, month, day, hour, minute, 0);
}
