/** What a send has counted is in the kernel: a process that ends right behind it takes nothing along. */
import assert from 'node:assert/strict';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Child } from '../peers/tools.ts';
import { fault, type Scope } from './harness.ts';
import { newFolder } from './raw.ts';

const MIB = 1_048_576;

/** Opens `to`, sends as `how` says, writes down what was counted, and is gone without another turn of the event loop. */
const SENDER = `
const [module, to, how] = process.argv.slice(1);
const { connect, unix, fd, TimeoutError, AbortError, ClosedError } = await import(module);
const { writeSync } = await import('node:fs');
const client = to === 'fd' ? fd(1, 'w') : /^[0-9]+$/.test(to) ? await connect('127.0.0.1', Number(to)) : await unix.stream().connect(to);
const bytes = Buffer.alloc(${32 * MIB});
for (let i = 0; i < bytes.length; i += 4) bytes.writeUInt32LE(i, i);
const controller = new AbortController();
let sending;
if (how === 'whole') {
  client.settimeout(60);
  sending = client.send(bytes, 0, ${8 * MIB});
} else if (how === 'whole with a signal') {
  sending = client.send(bytes, 0, ${8 * MIB}, { signal: controller.signal });
} else if (how === 'timeout') {
  client.settimeout(0.2, 't');
  sending = client.send(bytes);
} else if (how === 'none') {
  client.settimeout(0);
  sending = client.send(bytes);
} else if (how === 'abort') {
  sending = client.send(bytes, undefined, undefined, { signal: AbortSignal.timeout(200) });
} else {
  sending = client.send(bytes);
  setTimeout(() => client.close(), 200);
}
const sent = await sending.catch((error) => {
  if (error instanceof TimeoutError || error instanceof AbortError || error instanceof ClosedError) return error.sent;
  throw error;
});
const stats = client.getstats().sent;
writeSync(2, (sent === stats ? sent : sent + ', and ' + stats + ' by its statistics') + '\\n');
process.exit();
`;

const ARGUMENTS = ['--input-type=module', '-e', SENDER, new URL('../../src/entry/index.js', import.meta.url).href];

/** How many bytes come over a stream; they have to be the sender's. */
async function count(stream: Readable): Promise<number> {
  let total = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const skip = (4 - (total % 4)) % 4;
    if (chunk.length >= skip + 4) assert.equal(chunk.readUInt32LE(skip), total + skip);
    total += chunk.length;
  }
  return total;
}

/** A server's one connection, which nobody reads yet. */
async function listening(scope: Scope, where: { port: number } | { path: string }) {
  const server = net.createServer({ pauseOnConnect: true });
  scope.defer(() => server.close());
  const connection = new Promise<net.Socket>((resolve) => server.once('connection', resolve));
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', ...where }, resolve));
  const address = server.address() as AddressInfo | string;
  return { to: typeof address === 'string' ? address : String(address.port), connection };
}

async function counted(sender: Child): Promise<number> {
  const [line] = await sender.said(/.*\n/, 'stderr');
  assert.match(line, /^\d+\n$/);
  return Number(line);
}

for (const how of ['whole', 'whole with a signal', 'timeout', 'none', 'abort', 'close']) {
  const whole = how.startsWith('whole');
  const title = (over: string) => `17: what is counted over ${over} has left a process that ends at once (${how})`;
  const assertAll = (sent: number, came: number): void => {
    assert.ok(whole ? sent === 8 * MIB : sent > 0 && sent < 32 * MIB, `${sent}`);
    assert.equal(came, sent);
  };

  for (const over of ['TCP', 'a Unix socket']) {
    fault(title(over), {}, async (scope) => {
      const where = over === 'TCP' ? { port: 0 } : { path: join(newFolder(scope), 's') };
      const { to, connection } = await listening(scope, where);
      const sender = new Child(scope, process.execPath, [...ARGUMENTS, to, how]);
      const coming = whole ? connection.then(count) : undefined;
      const sent = await counted(sender);
      await sender.ended;
      assertAll(sent, await (coming ?? count(await connection)));
    });
  }

  fault(title('a pipe'), {}, async (scope) => {
    const pipeline = '{ "$@" </dev/null | { read -r _ <&3; wc -c; }; } 3<&0';
    const sender = new Child(scope, 'sh', ['-c', pipeline, 'sh', process.execPath, ...ARGUMENTS, 'fd', how]);
    if (whole) sender.process.stdin?.write('go\n');
    const sent = await counted(sender);
    if (!whole) sender.process.stdin?.write('go\n');
    await sender.ended;
    assertAll(sent, Number(sender.stdout));
  });
}
