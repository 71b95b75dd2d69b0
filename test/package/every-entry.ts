/**
 * A program that uses every entry of the package. It is compiled as its users compile, and it runs from bundles, as it is.
 */
import assert from 'node:assert/strict';
import { bind, connect, pair, stream, type TcpClient } from 'moonsocket';
import { type TcpClient as BlockingClient, type listening, pair as pairBlocking } from 'moonsocket/blocking';
import { connect as ftpBlocking } from 'moonsocket/blocking/ftp';
import { request as requestBlocking } from 'moonsocket/blocking/http';
import { connect as connectMailBlocking } from 'moonsocket/blocking/smtp';
import { wrap as secureBlocking } from 'moonsocket/blocking/tls';
import { connect as controlBlocking } from 'moonsocket/blocking/tp';
import { type FtpEntry, get as getFile } from 'moonsocket/ftp';
import { formatHeaders, HeaderMap, parseHeaders } from 'moonsocket/headers';
import { type FetchInit, fetch, type HttpRequest, request } from 'moonsocket/http';
import { ENDED, type Io, runAsync, settle } from 'moonsocket/io';
import { type Filter, pump, type SyncFilter, sink, source } from 'moonsocket/ltn12';
import { createLua, type FromLua, runInWorker } from 'moonsocket/lua';
import { compose, type Message } from 'moonsocket/mail';
import { encode, wrap } from 'moonsocket/mime';
import { connect as connectMail, type SendResult } from 'moonsocket/smtp';
import { wrap as secure, type TlsClient } from 'moonsocket/tls';
import { type ControlConnection, connect as control } from 'moonsocket/tp';
import { absolute, parse, unescapeBytes } from 'moonsocket/url';

type IsAny<T> = 0 extends 1 & T ? true : false;
/** Does not compile for `any`, which is what a type becomes that a compiler does not find. */
function known<T>(..._proof: IsAny<T> extends true ? ['the type is any'] : []): void {}

async function sockets(): Promise<void> {
  const server = await bind('127.0.0.1', 0);
  const client: TcpClient = await connect('127.0.0.1', server.getsockname().port);
  const accepted = await server.accept();
  await accepted.send('hello\n12345');
  assert.equal(await client.receive(), 'hello');
  const bytes = await client.receive(5);
  known<typeof bytes>();
  known<typeof client.readable>();
  assert.equal(bytes.toString('latin1'), '12345');
  for (const socket of [client, accepted, server]) socket.close();
  const [here, there] = pair();
  await here.send('x\n');
  assert.equal(await there.receive(), 'x');
}

function blocking(): void {
  const [here, there] = pairBlocking();
  here.send('hello\n12345');
  assert.equal(there.receive(), 'hello');
  const bytes = there.receive(5);
  known<typeof bytes>();
  assert.equal(bytes.length, 5);
  known<BlockingClient['readable']>();
  known<ReturnType<typeof listening>>();
  here.close();
  there.close();
}

async function http(): Promise<void> {
  const server = await bind('127.0.0.1', 0);
  const url = `http://127.0.0.1:${server.getsockname().port}/`;
  const serving = (async () => {
    for (let count = 0; count < 2; count++) {
      const client = await server.accept();
      while ((await client.receive()) !== '');
      await client.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok');
      client.close();
    }
  })();
  const asked: HttpRequest<'await'> = { url };
  const { body, headers } = await request(asked);
  known<typeof body>();
  assert.deepEqual([String(body), headers.get('content-length')], ['ok', '2']);
  const init: FetchInit<'await'> = { method: 'GET', timeout: 10 };
  const response = await fetch(url, init);
  known<typeof response>();
  known<typeof init.signal>();
  assert.equal(await response.text(), 'ok');
  await serving;
  server.close();
  assert.throws(() => requestBlocking('ftp://127.0.0.1/'));
}

async function tls(): Promise<void> {
  known<ReturnType<TlsClient['info']>>();
  known<ReturnType<TlsClient['getpeercertificate']>>();
  const early = { code: 'ERR_TLS_UNREAD' };
  const [here, there] = pair();
  await there.send('220 hello\r\n');
  await assert.rejects(secure(here, { servername: 'mail.example' }), early);
  const [near, far] = pairBlocking();
  far.send('220 hello\r\n');
  assert.throws(() => secureBlocking(near, { servername: 'mail.example' }), early);
  for (const client of [here, there]) client.close();
  for (const client of [near, far]) client.close();
}

async function smtp(): Promise<void> {
  known<SendResult['reply']>();
  const wrong = { code: 'ERR_INVALID_ARGUMENT' };
  await assert.rejects(connectMail('smtp://localhost', { domain: 'a b' }), wrong);
  assert.throws(() => connectMailBlocking('smtp://localhost', { domain: 'a b' }), wrong);
}

async function tp(): Promise<void> {
  const [here, there] = pair();
  const create = () => here;
  const dialogue: ControlConnection = await control('localhost', 119, { create });
  await there.send('200 ready\r\n');
  const reply = await dialogue.check('2..');
  known<typeof reply>();
  assert.deepEqual([reply.code, reply.text], [200, 'ready']);
  await dialogue.command('QUIT');
  assert.equal(await there.receive(), 'QUIT');
  dialogue.close();
  there.close();
  assert.throws(() => controlBlocking('127.0.0.1', 1, { timeout: 5 }), { code: 'ECONNREFUSED' });
  assert.throws(() => ftpBlocking('ftp://127.0.0.1:1/'), { code: 'ECONNREFUSED' });
  await assert.rejects(getFile('ftp://127.0.0.1:1/x'), { code: 'ECONNREFUSED' });
  known<FtpEntry['mtime']>();
}

function bytesInBytesOut(): void {
  const [lines, chunks] = sink.table();
  const filters: [SyncFilter, Filter] = [encode('base64'), wrap('base64')];
  void pump.all(source.string('any carnal pleas'), sink.chain(...filters, lines));
  known<(typeof chunks)[number]>();
  assert.equal(chunks.join(''), 'YW55IGNhcm5hbCBwbGVhcw==\r\n');
  assert.equal(absolute('http://example.com/a/b', '../c'), 'http://example.com/c');
  assert.equal(parse('http://example.com/').host, 'example.com');
  const bytes = unescapeBytes('%ff');
  known<typeof bytes>();
  assert.equal(bytes[0], 0xff);
  const map: HeaderMap = parseHeaders(['A: b']);
  assert.equal(String(formatHeaders(map)), 'A: b\r\n');
  assert.ok(map instanceof HeaderMap);
  const mail: Message = compose({ from: 'a@example.com', to: 'b@example.com', text: 'hello' });
  known<ReturnType<typeof mail.prepare>>();
  assert.deepEqual(mail.envelope, { from: 'a@example.com', to: ['b@example.com'] });
}

async function transport(): Promise<void> {
  const given = [new Uint8Array(4)];
  const io: Io = {
    recv: () => given.pop() ?? ENDED,
    send: (bytes) => bytes.length,
    shutdown() {},
    close() {},
    getfd: () => -1,
  };
  const client = stream(io);
  assert.equal((await client.receive('*a')).length, 4);
  assert.equal(
    await runAsync(
      (function* () {
        return yield* settle(client.send('abc'));
      })(),
    ),
    3,
  );
}

async function lua(): Promise<void> {
  const machine = createLua({ permissions: { network: true, processes: true } });
  const [mime, ltn12, url, headers, version, http, said]: FromLua[] = machine.run(`
    local mime, socket = require "mime", require "socket"
    return (mime.b64("x")), type(require "ltn12".pump.all), require "socket.url".escape("/"),
      require "socket.headers".canonic["content-type"], socket._VERSION, type(require "socket.http".request), io.popen("echo hi"):read()`);
  known<typeof mime>();
  assert.deepEqual(
    [mime, ltn12, url, headers, http, said],
    ['eA==', 'function', '%2f', 'Content-Type', 'function', 'hi'],
  );
  assert.match(String(version), /^LuaSocket/);
  machine.close();
  assert.deepEqual(await runInWorker('return require("mime").b64("x")'), ['eA==', null]);
}

async function main(): Promise<void> {
  const only = process.argv[2];
  const parts = { sockets, blocking, http, tls, smtp, tp, bytesInBytesOut, transport, lua };
  for (const [name, part] of Object.entries(parts)) {
    if (only === undefined || only === name) await part();
  }
  console.log('every entry works');
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
