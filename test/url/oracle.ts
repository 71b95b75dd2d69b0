/** LuaSocket's socket.url, asked from here: many calls of one Lua process, all values as hexadecimal. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

/** A value as it goes to Lua and comes back: absent, text of one byte for each character, or a table by keys. */
export type LuaValue = undefined | string | { readonly [key: string]: string };

/** A call of a function of socket.url. */
export type LuaCall = readonly [name: string, ...args: LuaValue[]];

const PROGRAM = `
  local url = require 'socket.url'
  local function unhex(s) return (s:gsub('%x%x', function(h) return string.char(tonumber(h, 16)) end)) end
  local function hex(s) return (tostring(s):gsub('.', function(c) return string.format('%02x', c:byte()) end)) end
  local function decode(word)
    if word == '-' then return nil end
    if word:sub(1, 1) == "'" then return unhex(word:sub(2)) end
    local t = {}
    for k, v in word:gmatch('(%x+)=(%x*)') do k = unhex(k) t[math.tointeger(k) or k] = unhex(v) end
    return t
  end
  local function encode(value)
    if value == nil then return '-' end
    if type(value) ~= 'table' then return "'" .. hex(value) end
    local fields = {}
    for k, v in pairs(value) do fields[#fields + 1] = hex(k) .. '=' .. hex(v) end
    return '{' .. table.concat(fields, ',')
  end
  for line in io.lines() do
    local words, n = {}, 0
    for word in line:gmatch('%S+') do n = n + 1 words[n] = n == 1 and word or decode(word) end
    print(encode((url[words[1]](table.unpack(words, 2, n)))))
  end`;

/** The first result of each call. */
export function askLuaSocket(calls: readonly LuaCall[]): LuaValue[] {
  const input = calls.map(([name, ...args]) => `${[name, ...args.map(encode)].join(' ')}\n`).join('');
  const lua = spawnSync('lua5.4', ['-e', PROGRAM], { input, maxBuffer: 1e8, timeout: 30_000 });
  assert.equal(String(lua.stderr), '');
  const answers = lua.stdout.toString('latin1').trimEnd().split('\n');
  assert.equal(answers.length, calls.length);
  return answers.map(decode);
}

const hex = (text: string): string => Buffer.from(text, 'latin1').toString('hex');
const unhex = (digits: string): string => Buffer.from(digits, 'hex').toString('latin1');

function encode(value: LuaValue): string {
  if (value === undefined) return '-';
  if (typeof value === 'string') return `'${hex(value)}`;
  return `{${Object.entries(value)
    .map(([key, text]) => `${hex(key)}=${hex(text)}`)
    .join(',')}`;
}

function decode(word: string): LuaValue {
  if (word === '-') return undefined;
  if (word.startsWith("'")) return unhex(word.slice(1));
  const fields = word.slice(1).split(',').filter(Boolean);
  return Object.fromEntries(fields.map((field) => field.split('=').map(unhex) as [string, string]));
}
