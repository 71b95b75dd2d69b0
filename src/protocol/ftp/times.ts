/** Times of FTP: those of MDTM, MFMT and the facts (RFC 3659, section 2.3), which are always UTC. */
import { badArgument } from '../../core/errors.ts';

/**
 * ```text
 *   time-val = 14DIGIT [ "." 1*DIGIT ]       ; YYYYMMDDHHMMSS, and parts of a second
 * ```
 */
const TIME = /^\d{14}(?:\.\d+)?$/;
const SECONDS_END = 14;

/** Milliseconds since the epoch; undefined for what is no time. */
export function parseTime(text: string): number | undefined {
  if (!TIME.test(text)) return undefined;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const time = utc(
    year,
    twoDigits(text, 4),
    twoDigits(text, 6),
    twoDigits(text, 8),
    twoDigits(text, 10),
    twoDigits(text, 12),
  );
  if (time === undefined || text.length === SECONDS_END) return time;
  return time + Math.trunc(Number(`0${text.slice(SECONDS_END)}`) * 1000);
}

/** Listings have 100,000 times: no text is made of their parts. */
function twoDigits(text: string, at: number): number {
  return text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 0x30 * 11;
}

/** Milliseconds since the epoch, months counted from 1; undefined for a day or an hour that does not exist. */
export function utc(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number | undefined {
  // RFC 3659, section 2.3: 60 is a leap second. Years below 100 would be those of the last century to Date.UTC.
  if (year < 100 || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 60) return undefined;
  if (day < 1 || day > daysOf(year, month)) return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function daysOf(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Whether the year has a 29th of February. */
export function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/**
 * The argument of MFMT (draft-somers-ftp-mfxx, section 3) for a time: whole seconds, since servers refuse fractions.
 *
 * @throws SocketError `ERR_INVALID_ARGUMENT` for what four digits of a year do not hold
 */
export function timeArgument(call: string, time: Date): string {
  const value = time instanceof Date ? time.getTime() : Number.NaN;
  const text = Number.isNaN(value) ? '' : new Date(value).toISOString();
  if (!/^\d{4}-/.test(text)) throw badArgument(`${call}: time is a Date from the year 0 to 9999`);
  return text.slice(0, 19).replace(/[-:T]/g, '');
}
