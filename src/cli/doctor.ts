/** `moonsocket doctor`: what works on this machine, and what to install. It asks no other machine. */
import { coloured } from './colour.ts';
import { CHECKS, type Finding } from './doctor-checks.ts';
import { UsageError } from './errors.ts';
import type { Parsed } from './parse.ts';
import { printable, say } from './say.ts';

/** A finding, and what it is about. */
export interface Diagnosis extends Finding {
  readonly name: string;
}

const MARKS = { ok: ['green', 'ok'], missing: ['yellow', 'missing'], broken: ['red', 'broken'] } as const;

/** Gives the exit status: 1 where something is broken; what is missing is optional. @throws UsageError */
export async function doctor(options: Parsed): Promise<number> {
  if (options.operands.length > 0) throw new UsageError('doctor takes no argument');
  const found = await diagnosed();
  await say(options.has('json') ? `${JSON.stringify(found, undefined, 2)}\n` : tableOf(found));
  return found.some(({ state }) => state === 'broken') ? 1 : 0;
}

/** All checks, one after the other. A check that throws has found something broken. */
async function diagnosed(): Promise<Diagnosis[]> {
  const found: Diagnosis[] = [];
  for (const [name, check] of Object.entries(CHECKS)) {
    try {
      found.push({ name, ...(await check()) });
    } catch (error) {
      found.push({ name, state: 'broken', says: printable((error as Error).message), remedy: undefined });
    }
  }
  return found;
}

/** A line for each, and below it what to do. */
export function tableOf(found: readonly Diagnosis[]): string {
  const widest = Math.max(...found.map(({ name }) => name.length));
  return found
    .map(({ name, state, says, remedy }) => {
      const [colour, mark] = MARKS[state];
      const blank = ' '.repeat('missing'.length - mark.length);
      const more = remedy === undefined ? '' : `${' '.repeat(widest + 'missing'.length + 4)}${remedy}\n`;
      return `${coloured(process.stdout, colour, mark)}${blank}  ${name.padEnd(widest)}  ${says}\n${more}`;
    })
    .join('');
}
