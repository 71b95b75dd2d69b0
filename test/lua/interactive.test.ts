/** `moonsocket lua -i`, and without a script on a terminal: what is typed in is answered as by `lua5.4`. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { PROGRAM } from '../cli/support.ts';
import { needs } from '../peers/tools.ts';
import { lua, native, type Ran } from './support.ts';

/** What is typed in, line by line. */
const TALKS: Readonly<Record<string, readonly string[]>> = {
  'expressions and statements': [
    '1 + 1',
    'x = 5',
    '=x',
    '= x, nil',
    'x, "a", nil, {} == {}',
    'return 7',
    '',
    '-- said',
    ';',
  ],
  'what goes on in the next line': [
    'for i = 1, 2 do',
    'print(i)',
    'end',
    'f(',
    ')',
    's = [[a',
    '',
    'b]]',
    '#s',
    '= 1 +',
    '2',
  ],
  errors: [
    'error "said"',
    'foo()',
    'x y',
    'error({})',
    'error(nil)',
    'error(setmetatable({}, { __tostring = function() return "shown" end }))',
    '2',
  ],
  tracebacks: ['function f() error("deep") end', 'local function g() f() end g()', 'coroutine.wrap(f)()', 'pcall(f)'],
  'prompts that the program has changed': [
    '_PROMPT = "one> "',
    '_PROMPT2 = "more> "',
    'if x then',
    'end',
    '_PROMPT = setmetatable({}, { __tostring = function() return "two> " end })',
    '1',
    '_PROMPT = nil',
    '2',
  ],
  'print that the program has changed': [
    'local old = print print = function(...) old("<", ...) end',
    '1, 2',
    'print = nil',
    '3',
    'print = error',
    '4',
  ],
  'locals, which last for a line': ['local a = 1', 'a', 'b = 2', 'b', 'goto', 'break', '...'],
  'the end by os.exit': ['print(1)', 'os.exit(3)', 'print(2)'],
  sockets: [
    'socket = require "socket"',
    's = assert(socket.bind("127.0.0.1", 0))',
    'tostring(s):match("^[^:]+")',
    's:settimeout(0)',
    's:accept()',
  ],
};

/** Readline repeats what it reads; we leave that to terminals. */
function withoutEcho(output: string, lines: readonly string[]): string {
  let [before, rest] = ['', output];
  for (const line of lines) {
    const at = rest.indexOf(`> ${line}\n`);
    if (at < 0) break;
    before += rest.slice(0, at + 2);
    rest = rest.slice(at + 2 + line.length + 1);
  }
  return before + rest;
}

/** The output without the first line, which names the program. */
function talk({ output }: Ran): string {
  return output.slice(output.indexOf('\n') + 1);
}

describe('interactive mode', () => {
  for (const [name, lines] of Object.entries(TALKS)) {
    it(name, needs('lua5.4', 'luasocket'), () => {
      const input = lines.map((line) => `${line}\n`).join('');
      const [ours, theirs] = [lua(['-i'], { input }), native(['-i'], { input })];
      assert.deepEqual([ours.errors, ours.status], [theirs.errors, theirs.status]);
      assert.equal(talk(ours), withoutEcho(talk(theirs), lines));
    });
  }

  it('comes after a script, and after -e and -l, and not after a failure', () => {
    const input = 'a, b, arg[2]\n';
    const said = lua(['-i', '-e', 'a = 1 b = 2', '-', 'given'], { input: '' });
    assert.deepEqual([said.status, talk(said)], [0, '> \n']);
    assert.equal(talk(lua(['-e', 'a = 1', '-i', '-e', 'b = 2'], { input })), '> 1\t2\ta = 1\n> \n');
    const failed = lua(['-i', '-e', 'error "no"'], { input });
    assert.deepEqual([failed.status, talk(failed)], [1, '']);
  });

  it('a program may read the lines that follow', () => {
    assert.equal(talk(lua(['-i'], { input: 'io.read()\nfor the program\n2\n' })), '> for the program\n> 2\n> \n');
  });

  it('an end in the middle of a statement is an error', () => {
    const ended = lua(['-i'], { input: 'if true then\n' });
    assert.deepEqual([ended.status, talk(ended)], [0, '> >> > \n']);
    assert.equal(ended.errors, "stdin:1: 'end' expected near <eof>\n");
  });

  it('it ends where no more lines can be asked for', () => {
    const input =
      'setmetatable(_G, { __index = function(_, name) if name == "_PROMPT" then error "none" end end })\n1\n';
    const ended = lua(['-i'], { input });
    assert.equal(ended.status, 0);
    assert.match(ended.errors, /none\nstack traceback:/);
  });

  it('any byte is a character', () => {
    assert.equal(talk(lua(['-i'], { input: '#"\xff\xe9", "\xff"\n' })).includes('\xff'), true);
  });

  it('begins without an option on a terminal, and ends by Ctrl-D', needs('python3'), () => {
    const typing = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
seen = b''
for answer, typed in ((b'> ', b'6 * 7\\n'), (b'42\\r\\n> ', b'\\x04'), (None, b'')):
    while answer is None or answer not in seen:
        try:
            piece = os.read(terminal, 1000)
        except OSError:
            piece = b''
        if not piece:
            break
        seen += piece
    os.write(terminal, typed) if typed else None
sys.stdout.buffer.write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;
    const args = ['-c', typing, process.execPath, PROGRAM, 'lua'];
    const { status, stdout, stderr } = spawnSync('python3', args, { encoding: 'latin1', timeout: 60_000 });
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /^Lua 5\.4, .*\r\n> 6 \* 7\r\n42\r\n> \r\n$/);
  });
});
