/** `runInWorker`: the event loop goes on, results and errors come back, and everything can be ended. */
import assert from 'node:assert/strict';
import { type AddressInfo, connect, createServer } from 'node:net';
import { describe, it } from 'node:test';
import { LuaError, runInWorker } from '../../src/entry/lua.ts';

describe('runInWorker', () => {
  it('gives what a script returns, all values and bytes', async () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const args = [1, 0.5, -0, 2n ** 60n, 'grüße', '', true, null, [1, ['a']], { a: { b: all } }, all];
    assert.deepEqual(await runInWorker('return ...', { args }), args);
    assert.deepEqual(await runInWorker(Buffer.from('return #...'), { args: [all] }), [256]);
    assert.deepEqual(await runInWorker('local x = 1'), []);
  });

  it('has the options of a machine', async () => {
    const said: string[] = [];
    const options = {
      stdin: 'in\n',
      stdout: (bytes: Buffer) => said.push(`out ${bytes}`),
      stderr: (bytes: Buffer) => said.push(`err ${bytes}`),
      env: { NAME: 'value' },
    };
    const code =
      'print(io.read(), os.getenv("NAME"), os.getenv("HOME")) io.stderr:write("!") return pcall(require, "socket")';
    const [ok, message] = await runInWorker(code, options);
    assert.equal(ok, false);
    assert.match(String(message), /permission 'network'/);
    assert.deepEqual(said.sort(), ['err !', 'out in\tvalue\tnil\n']);
    await assert.rejects(runInWorker('while true do end', { instructions: 10_000 }), /instruction limit/);
    await assert.rejects(runInWorker('return ("x"):rep(2^28)', { memory: 2 ** 25 }), /not enough memory/);
    await assert.rejects(runInWorker('', { memory: 1 }), { code: 'ERR_INVALID_ARGUMENT' });
    await assert.rejects(runInWorker('', { args: [(() => {}) as never] }), { code: 'ERR_INVALID_ARGUMENT' });
  });

  it('takes the environment of the process, which is no plain object', async () => {
    assert.deepEqual(await runInWorker('return os.getenv("PATH")', { env: process.env as Record<string, string> }), [
      process.env.PATH,
    ]);
  });

  it('rejects with the error of the script and its traceback', async () => {
    const error = await runInWorker('local function inner() error("deep") end\ninner()').catch((thrown) => thrown);
    assert.ok(error instanceof LuaError);
    assert.equal(error.message, 'script:1: deep');
    assert.match(error.traceback, /script:1: in .*'inner'\n\s*script:2:/);
    await assert.rejects(runInWorker('x ='), { name: 'LuaError', message: 'script:1: unexpected symbol near <eof>' });
    await assert.rejects(runInWorker('return print'), /a function cannot leave Lua/);
  });

  it('leaves the event loop to the program while a script computes', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    try {
      await runInWorker('local began = os.clock() while os.clock() - began < 0.3 do end');
    } finally {
      clearInterval(timer);
    }
    assert.ok(turns > 20, `${turns} turns`);
  });

  const ENDLESS: Record<string, string> = {
    'a loop': 'while true do end',
    'a loop around pcall': 'while true do pcall(error) end',
    'a coroutine': 'coroutine.wrap(function() while true do end end)()',
    'a pattern that takes for ever, in C': 'return ("a"):rep(500):find(("a-"):rep(30) .. "b")',
    'a sort by a function': 'table.sort({ 1, 2 }, function() while true do end end)',
    'a finalizer': 'setmetatable({}, { __gc = function() while true do end end }) collectgarbage()',
    'a wait for a peer': 'local s = require "socket" local server = s.bind("127.0.0.1", 0) server:accept()',
    'a sleep': 'require("socket").sleep(1e9)',
  };
  for (const [what, code] of Object.entries(ENDLESS)) {
    it(`a signal ends ${what}`, { timeout: 30_000 }, async () => {
      const controller = new AbortController();
      // The script says that it has begun, and only then is ended.
      const stdout = (): void => void setTimeout(() => controller.abort(new Error('enough')), 50);
      const options = { signal: controller.signal, stdout, permissions: { network: true } };
      const began = performance.now();
      const error = await runInWorker(`print() io.flush() ${code}`, options).catch((thrown) => thrown);
      assert.equal(error.name, 'AbortError');
      assert.equal(error.code, 'ABORT_ERR');
      assert.equal(error.cause.message, 'enough');
      assert.ok(performance.now() - began < 10_000);
    });
  }

  it('a signal that has been given already keeps it from beginning', async () => {
    const options = { signal: AbortSignal.abort(), stdout: () => assert.fail('it began') };
    await assert.rejects(runInWorker('print()', options), { code: 'ABORT_ERR' });
  });

  it('a signal ends it while it begins, at any moment', { timeout: 60_000 }, async () => {
    for (let milliseconds = 0; milliseconds < 120; milliseconds += 6) {
      const options = { signal: AbortSignal.timeout(milliseconds), permissions: { network: true, processes: true } };
      const code = 'require("socket") io.popen("true"):close() while true do end';
      await assert.rejects(runInWorker(code, options), { code: 'ABORT_ERR' });
    }
  });

  it('what it had open is closed when it was ended', async () => {
    const controller = new AbortController();
    let port = 0;
    const stdout = (bytes: Buffer): void => {
      port = Number(bytes);
      controller.abort();
    };
    const code =
      'local server = require("socket").bind("127.0.0.1", 0) print(math.tointeger(select(2, server:getsockname()))) io.flush() while true do end';
    const options = { signal: controller.signal, stdout, permissions: { network: true } };
    await assert.rejects(runInWorker(code, options), { code: 'ABORT_ERR' });
    assert.ok(port > 0);
    const refused = await new Promise<NodeJS.ErrnoException>((done) => connect(port, '127.0.0.1').on('error', done));
    assert.equal(refused.code, 'ECONNREFUSED');
  });

  it('talks to a server in the thread that it left free', async () => {
    const server = createServer((peer) => peer.pipe(peer));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    try {
      const code =
        'local client = assert(require("socket").connect("127.0.0.1", ...)) client:send("echo\\n") return client:receive()';
      const args = [(server.address() as AddressInfo).port];
      assert.deepEqual(await runInWorker(code, { args, permissions: { network: true } }), ['echo', null, null]);
    } finally {
      server.close();
    }
  });

  it('output that is not taken makes the script wait, and all of it arrives in order', async () => {
    const received: Buffer[] = [];
    const stdout = (bytes: Buffer): void => {
      // A program that is busy, for longer than a megabyte takes on a busy machine: meanwhile no more than a megabyte is written.
      if (received.length === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3000);
      received.push(bytes);
    };
    const code = `local gettime, longest = require("socket").gettime, 0
      for i = 1, 400 do
        local began = gettime()
        io.write(string.char(i % 256):rep(65536)) io.flush()
        longest = math.max(longest, gettime() - began)
      end
      return longest`;
    const [longest] = await runInWorker(code, { stdout, permissions: { network: true } });
    assert.ok((longest as number) > 0.3, `no write took longer than ${longest} s`);
    const expected = Array.from({ length: 400 }, (_, i) => Buffer.alloc(65_536, (i + 1) % 256));
    assert.ok(Buffer.concat(received).equals(Buffer.concat(expected)));
  });

  it('output for ever is ended, too', { timeout: 30_000 }, async () => {
    const signal = AbortSignal.timeout(200);
    await assert.rejects(runInWorker('while true do print("x") end', { signal }), { code: 'ABORT_ERR' });
  });

  it('what throws in the program ends it, and is what it rejects with', async () => {
    const stdout = (): void => {
      throw new TypeError('no more');
    };
    await assert.rejects(runInWorker('print("x") io.flush() while true do end', { stdout }), /TypeError: no more/);
  });

  it('several run side by side', async () => {
    const all = await Promise.all([1, 2, 3].map((n) => runInWorker('x = (x or 0) + ... return x', { args: [n] })));
    assert.deepEqual(all, [[1], [2], [3]]);
  });
});
