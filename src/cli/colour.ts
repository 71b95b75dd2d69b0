/** Colours, for terminals of people who have not asked for none. */
import type { WriteStream } from 'node:tty';

const CODES = { red: 31, green: 32, yellow: 33, blue: 34, cyan: 36 } as const;

export type Colour = keyof typeof CODES;

/** The text in that colour, if the stream is a terminal that has them, and NO_COLOR (no-color.org) is empty. */
export function coloured(stream: Pick<WriteStream, 'isTTY'>, colour: Colour, text: string): string {
  const { NO_COLOR = '', TERM } = process.env;
  if (!stream.isTTY || NO_COLOR !== '' || TERM === 'dumb') return text;
  return `\x1b[${CODES[colour]}m${text}\x1b[39m`;
}
