/** The example programs, run as a user runs them. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { type UnixDatagram, unix } from '../../src/entry/blocking.ts';
import { withTools } from '../peers/peer.ts';
import { Child } from '../peers/tools.ts';

interface Ran {
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
}

async function run(name: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const child = spawn(process.execPath, [path.resolve('.build/examples', name), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [output, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    output += piece;
  });
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    errors += piece;
  });
  const status = await new Promise<number | null>((done) => child.on('close', done));
  return { status, output, errors };
}

const SILENT: Ran = { status: 0, output: '', errors: '' };
/** RFC 3164's line, with facility "user" and severity "notice". */
const LOGGED =
  /^<13>(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ 123]\d \d\d:\d\d:\d\d syslog\.js\[\d+\]: (.*)$/;

/** A socket that has a path in a folder of its own, or this name. */
async function withSocket(name: string | undefined, body: (socket: UnixDatagram) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'moonsocket-examples-'));
  const socket = unix.dgram();
  try {
    socket.settimeout(10);
    socket.bind(name ?? path.join(folder, 'socket'));
    await body(socket);
  } finally {
    socket.close();
    rmSync(folder, { recursive: true });
  }
}

/** A receiver that is none of ours: it says where it is, and then what came. */
const RECEIVER = `
import socket, sys, tempfile
with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
    receiver.bind(folder + '/socket')
    print('at ' + folder + '/socket', flush=True)
    print('got ' + receiver.recv(8192).decode(), flush=True)
`;

describe('examples', () => {
  it('the demo shows the echo server and the daytime client at work', async () => {
    const { status, output } = await run('demo.js');
    assert.equal(status, 0);
    assert.match(output, /server: After connecting, you have 10s to enter a line to be echoed\n/);
    assert.match(output, /you: {4}(.+)\n {2}server: \1\n/);
    assert.match(output, /Serving the time on UDP port \d+\n {2}server: \w{3} \w{3} \d\d \d{4} /);
  });

  it('spans prints one for each connection and each exchange', async () => {
    const server = createServer(({ url }, response) => {
      if (url?.startsWith('/moved')) response.writeHead(302, { Location: '/' });
      response.end();
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    try {
      const { port } = server.address() as AddressInfo;
      const { output, errors } = await run('spans.js', [`http://127.0.0.1:${port}/moved?key=secret`]);
      assert.equal(errors, '');
      assert.doesNotMatch(output, /secret/);
      const connect = `connect {"server.address":"127.0.0.1","server.port":${port}}`;
      const lines = output.trimEnd().split('\n');
      assert.deepEqual([lines[0], lines.length], [connect, 4]);
      assert.match(lines[1] as string, /^http:request .*"http.response.status_code":302/);
      assert.match(lines[3] as string, /^http:request .*"http.response.status_code":200,"http.request.resend_count":1/);
    } finally {
      server.close();
    }
  });

  it('check-links names what leads nowhere', async () => {
    const pages: Record<string, string> = {
      '/': '<a href="a">a</a> <a href="a#b">a again</a> <a href="/gone"> <a href="moved"> <a href="http://127.0.0.1:1/"> <a href="mailto:x">',
      '/a': '',
    };
    let connections = 0;
    const server = createServer(({ url = '' }, response) => {
      if (url === '/moved') response.writeHead(302, { Location: '/a' });
      else response.writeHead(url in pages ? 200 : 404);
      response.end(pages[url]);
    }).on('connection', () => connections++);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const { status, output } = await run('check-links.js', [`${url}/`]);
      const broken = [`${url}/gone: 404`, 'http://127.0.0.1:1/: connection refused', '4 links, 2 broken', ''];
      assert.deepEqual([status, output.split('\n')], [1, broken]);
      assert.ok(connections <= 4, `${connections} connections`);
      const missing = await run('check-links.js', [`${url}/none`]);
      assert.deepEqual([missing.status, missing.output], [1, `not checked: ${url}/none answers 404\n`]);
      assert.deepEqual((await run('check-links.js', [`${url}/a`])).output, '0 links, 0 broken\n');
    } finally {
      server.close();
    }
  });

  it('notify tells a service manager at a path', () =>
    withSocket(undefined, async (manager) => {
      const env = { NOTIFY_SOCKET: manager.getsockname() };
      assert.deepEqual(await run('notify.js', ['READY=1', 'STATUS=all is well'], env), SILENT);
      assert.equal(String(manager.receive()), 'READY=1\nSTATUS=all is well');
    }));

  it('notify tells a service manager that has an abstract name', () =>
    withSocket(`\0moonsocket-notify-${process.pid}`, async (manager) => {
      const env = { NOTIFY_SOCKET: manager.getsockname().replace('\0', '@') };
      assert.deepEqual(await run('notify.js', [], env), SILENT);
      assert.equal(String(manager.receive()), 'READY=1');
    }));

  it('notify without a service manager does nothing, and says so', async () => {
    const { status, output } = await run('notify.js', [], { NOTIFY_SOCKET: '' });
    assert.deepEqual([status, output], [0, 'NOTIFY_SOCKET is not set, nothing was sent\n']);
  });

  it('syslog writes a line to a socket of the log', () =>
    withSocket(undefined, async (log) => {
      assert.deepEqual(await run('syslog.js', ['all is well', log.getsockname()]), SILENT);
      const { data, path: sender } = log.receivefrom();
      assert.equal(LOGGED.exec(String(data))?.[2], 'all is well');
      assert.equal(sender, '');
    }));

  it('syslog and notify say where nobody listens', async () => {
    const missing = path.join(tmpdir(), `moonsocket-missing-${process.pid}`);
    assert.deepEqual(await run('syslog.js', ['x', missing]), {
      status: 1,
      output: '',
      errors: `not logged: connect ${missing}: No such file or directory (ENOENT)\n`,
    });
    assert.deepEqual(await run('notify.js', [], { NOTIFY_SOCKET: `@${missing}` }), {
      status: 1,
      output: '',
      errors: `not notified: sendto @${missing}: connection refused (ECONNREFUSED)\n`,
    });
  });

  for (const example of ['syslog.js', 'notify.js']) {
    withTools(`${example} writes to a socket of Python's`, ['python3'], async (cleanup) => {
      const receiver = new Child(cleanup, 'python3', ['-c', RECEIVER]);
      const [, at = ''] = await receiver.said(/^at (.*)\n/m);
      const ran =
        example === 'syslog.js'
          ? await run(example, ['all is well', at])
          : await run(example, ['STATUS=all is well'], { NOTIFY_SOCKET: at });
      assert.deepEqual(ran, SILENT);
      const [, got = ''] = await receiver.said(/^got (.*)\n/m);
      if (example === 'syslog.js') assert.equal(LOGGED.exec(got)?.[2], 'all is well');
      else assert.equal(got, 'STATUS=all is well');
      assert.equal((await receiver.ended).code, 0);
    });
  }
});
