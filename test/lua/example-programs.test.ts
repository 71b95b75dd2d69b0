/** The examples that are programs of protocols: each by us and by lua5.4, against a server inside the test. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer as createWebServer } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe } from 'node:test';
import { everyByte, newFolder, withTools } from '../peers/peer.ts';
import type { Cleanup } from '../peers/tools.ts';
import { FILE, startFtp, startSmtp } from './dialogues.ts';
import { type Host, start } from './support.ts';

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

async function ran(cleanup: Cleanup, host: Host, name: string, args: readonly string[], input = ''): Promise<Ended> {
  const child = start(cleanup, host, [`examples/lua/${name}.lua`, ...args]);
  child.process.stdin?.end(input, 'latin1');
  const { code } = await child.ended;
  return { code, output: child.stdout, errors: child.stderr };
}

async function serve(cleanup: Cleanup, take: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => take(socket.on('error', () => {})));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanup.defer(() => server.close());
  return String((server.address() as AddressInfo).port);
}

function byBoth(title: string, body: (cleanup: Cleanup, host: Host) => Promise<void>): void {
  for (const host of ['ours', 'native'] as const)
    withTools(`${title}: ${host}`, ['lua5.4', 'luasocket'], (cleanup) => body(cleanup, host));
}

describe('programs of protocols in Lua', () => {
  byBoth('mail.lua sends a text and files', async (cleanup, host) => {
    const { port, lines } = await startSmtp(cleanup, undefined, {});
    const file = join(newFolder(cleanup), 'all bytes');
    writeFileSync(file, everyByte(1000));
    const args = [`127.0.0.1:${port}`, 'a@x', 'b@y', 'Subject', file];
    const { code, errors } = await ran(cleanup, host, 'mail', args, 'caf\xc3\xa9\n.\nend');
    assert.deepEqual([code, errors], [0, '']);
    assert.ok(lines.includes('MAIL FROM:<a@x>') && lines.includes('RCPT TO:<b@y>'));
    const message = JSON.parse(lines.find((line) => line.startsWith('"')) as string) as string;
    assert.match(message, /(?:^|\r\n)Subject: Subject\r\n/);
    assert.match(message, /caf=C3=A9\r\n\.\r\nend/);
    assert.match(message, /filename="all bytes"/);
    const coded = /base64\r\n(?:[^\r\n]+\r\n)*\r\n([A-Za-z\d+/=\r\n]+?)\r\n--/.exec(message)?.[1] as string;
    assert.ok(Buffer.from(coded, 'base64').equals(everyByte(1000)));
    assert.equal((await ran(cleanup, host, 'mail', ['127.0.0.1:1', 'a', 'b', 'c'])).code, 1);
  });

  byBoth('ftp.lua copies and lists', async (cleanup, host) => {
    const { port, lines } = await startFtp(cleanup, undefined, (command) =>
      command === 'RETR none' ? '550 no' : undefined,
    );
    const file = join(newFolder(cleanup), 'file');
    const base = `ftp://joe:p@127.0.0.1:${port}`;
    assert.deepEqual(await ran(cleanup, host, 'ftp', ['get', `${base}/x`, file]), { code: 0, output: '', errors: '' });
    assert.ok(readFileSync(file).equals(FILE));
    const put = await ran(cleanup, host, 'ftp', ['put', file, `${base}/y`]);
    assert.deepEqual(put, { code: 0, output: `${FILE.length} bytes\n`, errors: '' });
    assert.ok(lines.includes(`(${FILE.length} bytes)`));
    assert.equal((await ran(cleanup, host, 'ftp', ['list', base])).output, FILE.toString('latin1'));
    assert.deepEqual(await ran(cleanup, host, 'ftp', ['get', `${base}/none`, file]), {
      code: 1,
      output: '',
      errors: 'ftp.lua: 550 no\n',
    });
  });

  byBoth('dict.lua looks words up', async (cleanup, host) => {
    const port = await serve(cleanup, (socket) => {
      socket.write('220 ready\r\n');
      socket.on('data', (data) => {
        const line = String(data).trim();
        if (line === 'DEFINE * "word"')
          socket.write(
            '150 2 found\r\n151 "word" a "First"\r\none\r\n..dot\r\n.\r\n151 "word" b "Second"\r\ntwo\r\n.\r\n250 ok\r\n',
          );
        else if (line.startsWith('DEFINE')) socket.write('552 no match\r\n');
        else socket.end('221 bye\r\n');
      });
    });
    assert.equal(
      (await ran(cleanup, host, 'dict', ['word', '127.0.0.1', port])).output,
      'From First:\none\n.dot\n\nFrom Second:\ntwo\n\n',
    );
    assert.equal(
      (await ran(cleanup, host, 'dict', ['-d', 'x', 'other', '127.0.0.1', port])).output,
      'nothing is known of other\n',
    );
  });

  byBoth('tftp.lua downloads', async (cleanup, host) => {
    const data = everyByte(2000);
    const server = createSocket('udp4');
    cleanup.defer(() => server.close());
    server.on('message', (request, { port, address }) => {
      const transfer = createSocket('udp4');
      cleanup.defer(() => transfer.close());
      const send = (block: number): void => {
        const packet = Buffer.concat([Buffer.from([0, 3, 0, block]), data.subarray((block - 1) * 512, block * 512)]);
        transfer.send(packet, port, address);
      };
      if (request.toString('latin1', 2) !== 'file\0octet\0')
        transfer.send(Buffer.from('\0\x05\0\x01no file\0'), port, address);
      else send(1);
      transfer.on('message', (answer) => {
        if (answer[3]! < 4) send(answer[3]! + 1);
      });
    });
    await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
    const { port } = server.address();
    const file = join(newFolder(cleanup), 'got');
    assert.deepEqual(await ran(cleanup, host, 'tftp', ['127.0.0.1', String(port), 'file', file]), {
      code: 0,
      output: '',
      errors: '',
    });
    assert.ok(readFileSync(file).equals(data));
    assert.match((await ran(cleanup, host, 'tftp', ['127.0.0.1', String(port), 'none', file])).errors, /no file/);
  });

  byBoth('lp.lua prints, and shows a queue', async (cleanup, host) => {
    let printed = '';
    const port = await serve(cleanup, (socket) => {
      socket.on('data', (data) => {
        const text = data.toString('latin1');
        if (text === '\x03queue\n') socket.end('no entries\n');
        else {
          printed += text;
          // A step ends with a line end, or with the zero behind a file.
          if (/[\n\0]$/.test(text)) socket.write('\0');
        }
      });
    });
    const file = join(newFolder(cleanup), 'file');
    writeFileSync(file, 'to be printed');
    assert.deepEqual(await ran(cleanup, host, 'lp', [`127.0.0.1:${port}`, 'queue']), {
      code: 0,
      output: 'no entries\n',
      errors: '',
    });
    assert.deepEqual(await ran(cleanup, host, 'lp', [`127.0.0.1:${port}`, 'queue', file]), {
      code: 0,
      output: 'printed\n',
      errors: '',
    });
    assert.match(
      printed,
      /^\x02queue\n\x02\d+ cfA\d{3}\S+\nH.*\nP.*\nldfA.*\nN.*\n\0\x0313 dfA\d{3}\S+\nto be printed\0$/,
    );
  });

  byBoth('check-links.lua follows links', async (cleanup, host) => {
    const server = createWebServer((request, response) => {
      const links = Array.from({ length: 30 }, (_, i) => `<a href="${i % 10 === 3 ? 'missing' : 'page'}/${i}#x">`).join(
        '',
      );
      response.statusCode = request.url?.startsWith('/missing') ? 404 : 200;
      response.end(request.url === '/' ? `${links}<A HREF='mailto:x'><a href="page/0">` : 'page');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanup.defer(() => server.close());
    const page = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const { code, output, errors } = await ran(cleanup, host, 'check-links', [page, '4']);
    assert.deepEqual([code, errors], [0, '']);
    assert.equal(output, `${[3, 13, 23].map((i) => `${page}missing/${i}\t404\n`).join('')}30 links, 3 broken\n`);
  });
});
