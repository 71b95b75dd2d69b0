/** The line that shows how far a download is: from numbers to text. */

export interface Progress {
  /** Bytes that are here, with those that were here before. */
  readonly here: number;
  /** Bytes that were here before this run: they say nothing about its rate. */
  readonly before: number;
  readonly total: number | undefined;
  /** How long this run has taken so far. */
  readonly seconds: number;
}

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;
/** A bar that is shorter shows nothing; one that is longer, nothing more. */
const SHORTEST_BAR = 8;
const LONGEST_BAR = 40;
/** Longer guesses are no use to anyone. */
const LONGEST_WAIT = 100 * 3600;

/** A number of bytes for people: `999 B`, `1.5 KiB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${Math.round(bytes)} B`;
  let value = bytes / 1024;
  let unit = 0;
  // What would be shown as 1024.0 is one of the next unit.
  for (; value >= 1023.95 && unit < UNITS.length - 1; unit++) value /= 1024;
  return `${value.toFixed(1)} ${UNITS[unit]}`;
}

/** Seconds for people: `0:09`, `1:02:03`. */
export function secondsText(seconds: number): string {
  const whole = Math.ceil(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return `${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(whole % 60)}`;
}

/** One line of at most `width` characters. What matters least goes first where they are few. */
export function progressLine({ here, before, total, seconds }: Progress, width: number): string {
  const rate = seconds > 0 ? (here - before) / seconds : 0;
  const rateText = `${bytesText(rate)}/s`;
  if (total === undefined)
    return fitting([[bytesText(here), rateText, secondsText(seconds)], [bytesText(here)]], width);
  const done = total === 0 ? 1 : Math.min(1, here / total);
  // Rounded down: 100% is when it is all there.
  const percent = `${Math.floor(done * 100)}%`.padStart(4);
  const size = `${bytesText(here)} of ${bytesText(total)}`;
  const left = leftText((total - here) / rate);
  const text = fitting([[percent, size, rateText, left], [percent, rateText, left], [percent, left], [percent]], width);
  const cells = Math.min(LONGEST_BAR, width - text.length - ' []'.length);
  if (cells < SHORTEST_BAR) return text;
  const filled = Math.floor(done * cells);
  const bar = `[${'='.repeat(filled)}${' '.repeat(cells - filled)}]`;
  return `${percent} ${bar}${text.slice(percent.length)}`;
}

/** Nothing left is no time, whatever the rate: 0/0 is not a number. */
function leftText(seconds: number): string {
  if (Number.isNaN(seconds)) return '0:00 left';
  return seconds < LONGEST_WAIT ? `${secondsText(seconds)} left` : '-:-- left';
}

function fitting(choices: readonly (readonly string[])[], width: number): string {
  const texts = choices.map((parts) => parts.join('  '));
  return texts.find((text) => text.length <= width) ?? (texts.at(-1) ?? '').slice(0, width);
}
