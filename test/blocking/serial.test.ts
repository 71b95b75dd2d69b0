/** Serial lines, on pseudo-terminals: python3 or socat holds the other side. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Client, ClosedError, select, serial, TimeoutError } from '../../src/entry/blocking.ts';
import * as libc from '../../src/posix/libc/functions.ts';
import { SPEEDS } from '../../src/posix/libc/termios.ts';
import { everyByte, newFolder } from '../peers/peer.ts';
import { Child, eventually } from '../peers/tools.ts';
import { assertTook, fault, type Scope } from '../reliability/harness.ts';
import { refused } from './support.ts';

/** A pseudo-terminal of Python's, which does this with its side, `line`. The program `says` where ours is. */
async function terminal(scope: Scope, program: string): Promise<{ path: string; child: Child }> {
  const begin = `import os, pty, sys, time
line, ours = pty.openpty()
def take(count):
    data = b''
    while len(data) < count: data += os.read(line, count - len(data))
    return data
print('at ' + os.ttyname(ours), flush=True)
`;
  const child = new Child(scope, 'python3', ['-c', begin + program]);
  const [, path = ''] = await child.said(/^at (.*)\n/);
  return { path, child };
}

function opened(scope: Scope, path: string, baud?: number): Client {
  const line = serial(path, { baud });
  scope.defer(() => line.close());
  line.settimeout(20);
  return line;
}

fault('both ways: lines, counts, and every byte as it is', { tools: ['python3'] }, async (scope) => {
  const { path, child } = await terminal(
    scope,
    `
take(1)
os.write(line, b'OK\\r\\n12345rest\\n' + bytes(range(256)))
sys.stdout.write(take(259).hex() + '\\n')
`,
  );
  const line = opened(scope, path, 115_200);
  line.send('!');
  assert.equal(line.receive(), 'OK');
  assert.equal(String(line.receive(5)), '12345');
  assert.equal(line.receive(), 'rest');
  assert.deepEqual(line.receive(256), everyByte(256));
  assert.equal(line.send(everyByte(256)), 256);
  line.send('\r\n\0');
  const [, got] = await child.said(/^([0-9a-f]+)\n/m);
  assert.equal(got, `${everyByte(256).toString('hex')}0d0a00`);
});

fault('timeouts lose nothing', { tools: ['python3'] }, async (scope) => {
  const { path } = await terminal(
    scope,
    `
take(1)
os.write(line, b'half a')
take(1)
os.write(line, b' line\\n')
time.sleep(20)
`,
  );
  const line = opened(scope, path, 9600);
  line.settimeout(0);
  refused(() => line.receive(), 'ETIMEDOUT');
  line.settimeout(20);
  line.send('!');
  assert.equal(select([line], [], 20).readable[0], line);
  line.settimeout(0.3);
  const begin = performance.now();
  const error = refused(() => line.receive(), 'ETIMEDOUT');
  assertTook(performance.now() - begin, 0.3);
  assert.ok(error instanceof TimeoutError);
  assert.equal(String(error.partial), 'half a'.slice(0, error.partial?.length));
  line.settimeout(20);
  line.send('!');
  assert.equal(line.receive(), 'half a line');
});

fault('a line that nobody reads: the send says how much was taken', { tools: ['python3'] }, async (scope) => {
  const { path, child } = await terminal(
    scope,
    `
count = int(sys.stdin.readline())
data = take(count)
print('right' if data == b'x' * count else 'wrong', flush=True)
time.sleep(20)
`,
  );
  const line = opened(scope, path, 9600);
  line.settimeout(0.2, 't');
  const error = refused(() => line.send('x'.repeat(1_000_000)), 'ETIMEDOUT');
  assert.ok(error.sent !== undefined && error.sent > 0 && error.sent < 1_000_000);
  child.process.stdin?.write(`${error.sent}\n`);
  await child.said(/right/);
});

fault(
  'a hang-up: a receive meets the end with what came before it, a send fails',
  { tools: ['python3'] },
  async (scope) => {
    const { path, child } = await terminal(scope, "take(1)\nos.write(line, b'line\\nrest')\ntime.sleep(0.3)\n");
    const line = opened(scope, path, 9600);
    line.send('!');
    assert.equal(line.receive(), 'line');
    assert.equal(String(line.receive(4)), 'rest');
    await child.ended;
    assert.ok(refused(() => line.receive(), 'ERR_CLOSED') instanceof ClosedError);
    refused(() => line.send('x'), 'EIO');
    assert.deepEqual(select([line], [], 5).readable, [line]);
  },
);

fault('a hang-up while a receive waits', { tools: ['python3'] }, async (scope) => {
  const { path } = await terminal(scope, "take(1)\nos.write(line, b'rest')\ntime.sleep(0.5)\n");
  const line = opened(scope, path, 9600);
  line.send('!');
  const error = refused(() => line.receive(), 'ERR_CLOSED');
  assert.equal(String(error.partial), 'rest');
});

fault(
  'the speed is set, and the line is raw; without one it stays as it is',
  { tools: ['python3', 'stty'] },
  async (scope) => {
    const { path } = await terminal(scope, 'time.sleep(60)');
    const stty = async (): Promise<string> => {
      const child = new Child(scope, 'stty', ['-a', '-F', path]);
      assert.equal((await child.ended).code, 0, child.stderr);
      return child.stdout;
    };
    const before = await stty();
    opened(scope, path).close();
    assert.equal(await stty(), before);
    for (const baud of SPEEDS.keys()) {
      opened(scope, path, baud).close();
      const after = await stty();
      assert.match(after, new RegExp(`^speed ${baud} baud`));
      for (const setting of ['-icanon', '-echo', '-opost', '-isig', '-ixon', 'cs8'])
        assert.ok(after.includes(` ${setting}`) || after.includes(`\n${setting}`), setting);
    }
  },
);

fault('the codes of the speeds are those of the C library', {}, async () => {
  const set = (speed: number): Buffer => {
    const attributes = Buffer.alloc(128);
    assert.equal(libc.cfsetspeed(attributes, speed), 0, `${speed}`);
    return attributes;
  };
  for (const [speed, code] of SPEEDS) assert.deepEqual(set(code), set(speed), `${speed}`);
});

fault('a line between two programs of socat', { tools: ['socat'] }, async (scope) => {
  const folder = newFolder(scope);
  const [ours, theirs] = [join(folder, 'ours'), join(folder, 'theirs')];
  new Child(scope, 'socat', [`pty,raw,echo=0,link=${ours}`, `pty,raw,echo=0,link=${theirs}`]);
  await eventually('both ends', () => existsSync(ours) && existsSync(theirs));
  const [here, there] = [opened(scope, ours), opened(scope, theirs)];
  here.send('AT+CSQ\r\n');
  assert.equal(there.receive(), 'AT+CSQ');
  there.send('+CSQ: 20,99\r\nOK\r\n');
  assert.deepEqual([here.receive(), here.receive()], ['+CSQ: 20,99', 'OK']);
});

fault('what cannot be opened, and what is no line', {}, async (scope) => {
  const folder = newFolder(scope);
  const [missing, file, directory] = ['missing', 'file', 'directory'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(file, 'text\n');
  mkdirSync(directory);
  refused(() => serial(missing), 'ENOENT', missing);
  refused(() => serial(missing, { baud: 9600 }), 'ENOENT', missing);
  refused(() => serial(directory), 'EISDIR', directory);
  refused(() => serial(file, { baud: 9600 }), 'ENOTTY', file);
  assert.equal(opened(scope, file).receive(), 'text');
  for (const path of ['', 'a\0b', 7 as unknown as string]) refused(() => serial(path), 'ERR_INVALID_ARGUMENT', 'path');
  for (const baud of [0, 9601, Number.NaN, '9600' as unknown as number]) {
    refused(() => serial(file, { baud }), 'ERR_INVALID_ARGUMENT', '9600, 19200');
  }
});
