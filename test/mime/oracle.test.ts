/** LuaSocket's own C codecs and ours give the same, call by call: the output, and what is carried to the next chunk. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { b64, dot, eol, qp, qpwrp, unb64, unqp, wrp } from '../../src/entry/mime.ts';
import { needs } from '../peers/tools.ts';
import { ALPHABETS, cutAt, fromAlphabet, random } from './support.ts';

/** A line for each call: the codec's name, then an argument each: bytes in hexadecimal behind an x, a number behind a #, or nil. */
const PROGRAM = `
local mime = require("mime.core")
local function value(word)
  local kind, text = word:sub(1, 1), word:sub(2)
  if kind == "#" then return tonumber(text) end
  if kind == "x" then return (text:gsub("..", function(hex) return string.char(tonumber(hex, 16)) end)) end
end
local function word(value)
  if value == nil then return "nil" end
  if type(value) == "number" then return string.format("#%d", value) end
  return "x" .. value:gsub(".", function(byte) return string.format("%02x", byte:byte()) end)
end
for line in io.lines() do
  local words = {}
  for each in line:gmatch("%S+") do words[#words + 1] = each end
  local a, b = mime[words[1]](value(words[2]), value(words[3]), value(words[4] or "nil"))
  print(word(a), word(b))
end
`;

type Value = string | Uint8Array | number | null;
type Codec = (context: never, chunk: Uint8Array | null, extra: never) => readonly Value[];

interface Call {
  readonly name: string;
  readonly args: readonly Value[];
  readonly result: readonly Value[];
}

/** The codecs, each with what it begins with, and what may be its third argument. */
const CODECS: readonly [name: string, codec: Codec, start: Value, extras: readonly Value[]][] = [
  ['b64', b64, '', [null]],
  ['unb64', unb64, '', [null]],
  ['qp', qp, '', ['\r\n', '=0D=0A', '', '<a longer marker>']],
  ['unqp', unqp, '', [null]],
  ['wrp', wrp, 76, [76]],
  ['wrp', wrp, 3, [5, 1, 0, -2]],
  ['qpwrp', qpwrp, 76, [76]],
  ['qpwrp', qpwrp, 3, [5, 4, 1, 0, -2]],
  ['eol', eol, 0, ['\r\n', '', '<br>']],
  ['eol', eol, 65, ['\n']],
  ['dot', dot, 2, [null]],
  ['dot', dot, 7, [null]],
];

/** Where ours is meant to differ. */
const DIFFERENCES: readonly {
  readonly why: string;
  readonly applies: (call: Call) => boolean;
  readonly theirs: string;
}[] = [
  {
    why: 'at the end, C takes an output that begins with NUL for an empty one, and the data is lost',
    applies: ({ name, args, result: [output] }) =>
      name === 'unqp' && args[1] === null && output instanceof Uint8Array && output[0] === 0,
    theirs: 'nil\tnil',
  },
];

function word(value: Value | undefined): string {
  if (value === null || value === undefined) return 'nil';
  return typeof value === 'number' ? `#${value}` : `x${Buffer.from(value as string).toString('hex')}`;
}

/** Runs the codec over the chunks as a filter does, and once over the whole. */
function callsOf(name: string, codec: Codec, start: Value, extra: Value, chunks: readonly Uint8Array[]): Call[] {
  const calls: Call[] = [];
  let context = start;
  const call = (chunk: Uint8Array | null): void => {
    const extras = extra === null ? [] : [extra];
    const result = Reflect.apply(codec, undefined, [context, chunk, ...extras]) as Value[];
    calls.push({ name, args: [context, chunk, ...extras], result });
    context = result[1] as Value;
  };
  for (const chunk of chunks) call(chunk);
  call(null);
  call(null);
  if (typeof start === 'string') {
    context = Buffer.concat(chunks);
    call(null);
  }
  return calls;
}

describe('the C codecs of LuaSocket', () => {
  it('give what ours give, for a thousand inputs in pieces', needs('lua5.4', 'luasocket'), () => {
    const next = random(1_409);
    const alphabets = Object.values(ALPHABETS);
    const calls: Call[] = [];
    for (let i = 0; i < 1000; i++) {
      // Most are short, where cuts matter; some cross the blocks in which we work.
      const length = next(i % 100 === 0 ? 120_000 : i % 10 === 0 ? 9000 : 200);
      const input = fromAlphabet(alphabets[i % alphabets.length] as Buffer, length, next);
      const chunks = cutAt(
        input,
        Array.from({ length: next(4) }, () => next(length < 200 ? 9 : length)),
      );
      for (const [name, codec, start, extras] of CODECS) {
        calls.push(...callsOf(name, codec, start, extras[i % extras.length] as Value, chunks));
      }
    }
    const lines = calls.map(({ name, args }) => `${name} ${args.map(word).join(' ')}\n`);
    const { stdout, stderr, status } = spawnSync('lua5.4', ['-e', PROGRAM, '/dev/null'], {
      input: lines.join(''),
      encoding: 'latin1',
      maxBuffer: 2 ** 29,
      timeout: 100_000,
    });
    assert.equal(status, 0, stderr);
    const answers = stdout.split('\n');
    assert.equal(answers.length, calls.length + 1);
    for (const [i, call] of calls.entries()) {
      const difference = DIFFERENCES.find(({ applies }) => applies(call));
      const expected = difference?.theirs ?? call.result.map(word).join('\t');
      if (answers[i] !== expected) {
        assert.fail(`${lines[i]?.slice(0, 2000)}C:    ${answers[i]?.slice(0, 2000)}\nours: ${expected.slice(0, 2000)}`);
      }
    }
  });
});
