/** Calendar times for C's `struct tm`, and `strftime` in the C locale. */

/** The fields of a `struct tm` (C11, 7.27.1), and what POSIX adds: seconds east of Greenwich, and the zone's name. */
export interface Calendar {
  readonly second: number;
  readonly minute: number;
  readonly hour: number;
  readonly day: number;
  /** From 0 on. */
  readonly month: number;
  /** Since 1900. */
  readonly year: number;
  /** From Sunday, 0, on. */
  readonly weekday: number;
  /** From January 1st, 0, on. */
  readonly yearday: number;
  readonly summer: number;
  readonly offset: number;
  readonly zone: string;
}

const DAY = 86_400_000;
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = 'January February March April May June July August September October November December'.split(' ');

/** The time, in seconds since 1970, in the host's zone. */
export function localCalendar(seconds: number): Calendar {
  const date = new Date(seconds * 1000);
  const minutes = date.getTimezoneOffset();
  const year = date.getFullYear();
  return {
    second: date.getSeconds(),
    minute: date.getMinutes(),
    hour: date.getHours(),
    day: date.getDate(),
    month: date.getMonth(),
    year: year - 1900,
    weekday: date.getDay(),
    yearday: yearday(year, date.getMonth(), date.getDate()),
    summer: minutes < standardOffset(year) ? 1 : 0,
    offset: -minutes * 60,
    zone: zoneOf(date),
  };
}

export function utcCalendar(seconds: number): Calendar {
  const date = new Date(seconds * 1000);
  const year = date.getUTCFullYear();
  return {
    second: date.getUTCSeconds(),
    minute: date.getUTCMinutes(),
    hour: date.getUTCHours(),
    day: date.getUTCDate(),
    month: date.getUTCMonth(),
    year: year - 1900,
    weekday: date.getUTCDay(),
    yearday: yearday(year, date.getUTCMonth(), date.getUTCDate()),
    summer: 0,
    offset: 0,
    zone: 'GMT',
  };
}

/** The seconds since 1970 that local fields mean, however far they are out of range (mktime(3)). */
export function secondsOf(
  fields: Pick<Calendar, 'second' | 'minute' | 'hour' | 'day' | 'month' | 'year' | 'summer'>,
): number {
  const { year, month, day, hour, minute, second, summer } = fields;
  const date = new Date(2000, 0, 1);
  date.setFullYear(year + 1900, month, day);
  date.setHours(hour, minute, second, 0);
  const seconds = Math.floor(date.getTime() / 1000);
  if (summer < 0) return seconds;
  // The program says whether it means summer time, and may be wrong.
  const gap = standardOffset(date.getFullYear()) - date.getTimezoneOffset();
  const isSummer = gap > 0;
  if (isSummer === summer > 0) return seconds;
  return isSummer ? seconds + gap * 60 : seconds - summerGap(date.getFullYear()) * 60;
}

function yearday(year: number, month: number, day: number): number {
  const first = new Date(0);
  first.setUTCFullYear(year, 0, 1);
  const here = new Date(0);
  here.setUTCFullYear(year, month, day);
  return Math.round((here.getTime() - first.getTime()) / DAY);
}

/** Minutes west of Greenwich outside of summer time. */
function standardOffset(year: number): number {
  return Math.max(new Date(year, 0, 1).getTimezoneOffset(), new Date(year, 6, 1).getTimezoneOffset());
}

function summerGap(year: number): number {
  return Math.abs(new Date(year, 0, 1).getTimezoneOffset() - new Date(year, 6, 1).getTimezoneOffset());
}

/** The short name as the system's own tools have it, where the host's tables know one. */
function zoneOf(date: Date): string {
  const parts = new Intl.DateTimeFormat('en', { timeZoneName: 'short' }).formatToParts(date);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
}

/** `strftime` for one format (C11, 7.27.3.5); what is no conversion stays as it is. */
export function formatted(format: string, time: Calendar): string {
  return format.replace(/%[EO]?([\s\S])/g, (all, letter: string) => CONVERSIONS[letter]?.(time) ?? all);
}

const two = (value: number): string => String(value).padStart(2, '0');
const twelve = ({ hour }: Calendar): number => ((hour + 11) % 12) + 1;

const CONVERSIONS: Readonly<Record<string, (time: Calendar) => string>> = {
  a: ({ weekday }) => (DAYS[weekday] ?? '?').slice(0, 3),
  A: ({ weekday }) => DAYS[weekday] ?? '?',
  b: ({ month }) => (MONTHS[month] ?? '?').slice(0, 3),
  B: ({ month }) => MONTHS[month] ?? '?',
  c: (time) => formatted('%a %b %e %H:%M:%S %Y', time),
  C: ({ year }) => two(Math.floor((year + 1900) / 100)),
  d: ({ day }) => two(day),
  D: (time) => formatted('%m/%d/%y', time),
  e: ({ day }) => String(day).padStart(2, ' '),
  F: (time) => formatted('%Y-%m-%d', time),
  g: (time) => two(isoWeek(time).year % 100),
  G: (time) => String(isoWeek(time).year),
  h: (time) => formatted('%b', time),
  H: ({ hour }) => two(hour),
  I: (time) => two(twelve(time)),
  j: ({ yearday: day }) => String(day + 1).padStart(3, '0'),
  m: ({ month }) => two(month + 1),
  M: ({ minute }) => two(minute),
  n: () => '\n',
  p: ({ hour }) => (hour < 12 ? 'AM' : 'PM'),
  r: (time) => formatted('%I:%M:%S %p', time),
  R: (time) => formatted('%H:%M', time),
  s: (time) => String(secondsOf(time)),
  S: ({ second }) => two(second),
  t: () => '\t',
  T: (time) => formatted('%H:%M:%S', time),
  u: ({ weekday }) => String(weekday === 0 ? 7 : weekday),
  U: ({ yearday: day, weekday }) => two(Math.floor((day + 7 - weekday) / 7)),
  V: (time) => two(isoWeek(time).week),
  w: ({ weekday }) => String(weekday),
  W: ({ yearday: day, weekday }) => two(Math.floor((day + 7 - ((weekday + 6) % 7)) / 7)),
  x: (time) => formatted('%m/%d/%y', time),
  X: (time) => formatted('%H:%M:%S', time),
  y: ({ year }) => two((year + 1900) % 100),
  Y: ({ year }) => String(year + 1900),
  z: ({ offset }) =>
    `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 3600))}${two((Math.abs(offset) / 60) % 60)}`,
  Z: ({ zone }) => zone,
  '%': () => '%',
};

/** The week that has the year's first Thursday is its first (ISO 8601). */
function isoWeek({ year, yearday: day, weekday }: Calendar): { year: number; week: number } {
  const full = year + 1900;
  const monday = (weekday + 6) % 7;
  const thursday = day - monday + 3;

  if (thursday < 0) return { year: full - 1, week: Math.floor((thursday + daysIn(full - 1)) / 7) + 1 };
  if (thursday >= daysIn(full)) return { year: full + 1, week: 1 };
  return { year: full, week: Math.floor(thursday / 7) + 1 };
}

function daysIn(year: number): number {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 366 : 365;
}
