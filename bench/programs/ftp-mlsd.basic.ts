// Parses a listing of MLSD with basic-ftp, which takes it as one text.

import { Client } from 'basic-ftp';
import { inputs } from './ftp.inputs.ts';
import { expect, report, timed, units } from './measure.ts';

const { parseList } = new Client();
const data = inputs.MLSD();

function parse(): void {
  const entries = parseList(data.toString('utf8'));
  expect('entries', entries.length, 100_000);
  expect('name', entries.at(-1)?.name, 'file-99999.txt');
}

for (let i = 0; i < 3; i++) parse();
const time = await timed(() => {
  for (let i = 0; i < units; i++) parse();
});
report({ units, ...time });
