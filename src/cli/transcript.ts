/** `-v`: what is said in both directions, as the protocols tell it: without secrets. */
import type { DialogueLog } from '../protocol/connect/log.ts';
import { coloured } from './colour.ts';
import { note, printable } from './say.ts';

/** Writes each line to the standard error, behind its direction. */
export const transcript: DialogueLog = (direction, line) => {
  const mark = coloured(process.stderr, direction === '>' ? 'green' : 'cyan', direction);
  note(`${mark} ${printable(line)}\n`);
};
