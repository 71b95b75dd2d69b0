// Times how long a client takes to parse a listing of 100,000 entries; its programs name the command and the parser.

import { inputs } from './ftp.inputs.ts';
import { expect, report, timed, units } from './measure.ts';

export async function timeListing(
  command: keyof typeof inputs,
  parse: (data: Buffer) => readonly { readonly name: string }[],
): Promise<void> {
  const data = inputs[command]();
  const once = (): void => {
    const entries = parse(data);
    expect('entries', entries.length, 100_000);
    expect('name', entries.at(-1)?.name, 'file-99999.txt');
  };
  for (let i = 0; i < 3; i++) once();
  const time = await timed(() => {
    for (let i = 0; i < units; i++) once();
  });
  report({ units, ...time });
}

/** The most that a socket gives at once. */
export const PIECE = 65_536;
