// Parses a listing of MLSD, in the pieces in which a socket gives it.

import { ListingParser } from '../../src/protocol/ftp/listing.ts';
import { inputs } from './ftp.inputs.ts';
import { expect, report, timed, units } from './measure.ts';

const data = inputs.MLSD();

function parse(): void {
  const parser = new ListingParser('MLSD', 'utf8', Date.now());
  for (let at = 0; at < data.length; at += 65_536) parser.push(data.subarray(at, at + 65_536));
  const entries = parser.finish();
  expect('entries', entries.length, 100_000);
  expect('name', entries.at(-1)?.name, 'file-99999.txt');
}

for (let i = 0; i < 3; i++) parse();
const time = await timed(() => {
  for (let i = 0; i < units; i++) parse();
});
report({ units, ...time });
