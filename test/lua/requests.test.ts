/** Downloads and requests as LuaRocks and modules of requests make them, by http and https: the same with us and with LuaSec. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { everyByte, newFolder, withTools } from '../peers/peer.ts';
import { read, temporaryFiles } from '../peers/tls-files.ts';
import type { Cleanup, Tool } from '../peers/tools.ts';
import { type Host, start } from './support.ts';

const FOLDER = temporaryFiles();
const IDENTITY = { cert: read(FOLDER, 'server.whole.pem'), key: read(FOLDER, 'server.key') };
const ROOTS = join(FOLDER, 'root.pem');
const LUASEC: readonly Tool[] = ['lua5.4', 'luasocket', 'luasec', 'luafilesystem', 'openssl'];

interface Origins {
  readonly http: string;
  readonly https: string;
}

type Answer = (request: IncomingMessage, reply: ServerResponse, origins: Origins) => void;

/** Serves the same by http and by https. */
async function serve(cleanup: Cleanup, answer: Answer): Promise<Origins> {
  const origins = { http: '', https: '' };
  const take = (request: IncomingMessage, reply: ServerResponse): void => answer(request, reply, origins);
  const servers: readonly (readonly [keyof Origins, Server])[] = [
    ['http', createServer(take)],
    ['https', createSecureServer(IDENTITY, take)],
  ];
  for (const [scheme, server] of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanup.defer(() => {
      server.closeAllConnections();
      server.close();
    });
    origins[scheme] = `${scheme}://localhost:${(server.address() as AddressInfo).port}`;
  }
  return origins;
}

async function said(cleanup: Cleanup, host: Host, name: string, ...args: string[]): Promise<string[]> {
  const child = start(cleanup, host, [`test/lua/programs/${name}.lua`, ...args]);
  const { code } = await child.ended;
  assert.deepEqual([code, child.stderr], [0, ''], host);
  return child.stdout.trim().split('\n');
}

const ROCK = everyByte(300_000);
const MANIFEST = 'repository = { ["a-rock"] = { ["1.2-1"] = {}, ["1.10-1"] = {}, ["1.9-3"] = {} } }';

withTools('a rock, by its manifest', LUASEC, async (cleanup) => {
  const origins = await serve(cleanup, (request, reply, { http, https }) => {
    const other = request.socket.localPort === Number(new URL(http).port) ? https : http;
    const moved = (to: string): void => void reply.writeHead(302, { Location: to }).end('elsewhere');
    if (request.url === '/manifest-5.4') moved('mirror/manifest');
    else if (request.url === '/mirror/manifest') reply.end(MANIFEST);
    else if (request.url === '/a-rock-1.10-1.src.rock') moved(`${other}/the-rock`);
    else if (request.url === '/the-rock') reply.end(ROCK);
    else if (request.url === '/loop.rock') moved('/loop.rock');
    else reply.writeHead(404).end('none');
  });
  for (const origin of Object.values(origins)) {
    const folders = { ours: newFolder(cleanup), native: newFolder(cleanup) };
    const lines: string[][] = [];
    for (const [host, folder] of Object.entries(folders)) {
      lines.push(await said(cleanup, host as Host, 'rocks', origin, 'a-rock', folder, ROOTS));
      const target = join(folder, 'rocks-5.4/a-rock/1.10-1');
      assert.ok(readFileSync(join(target, 'a-rock-1.10-1.src.rock')).equals(ROCK), host);
      assert.deepEqual(readdirSync(folder), ['rocks-5.4']);
    }
    assert.deepEqual(lines[0], lines[1]);
    assert.deepEqual(lines[0], [
      '1.10-1\ttrue',
      '300000\tnil',
      'HTTP/1.1 404 Not Found',
      'too many redirects',
      '. .. a-rock-1.10-1.src.rock',
    ]);
  }
});

withTools('requests of many kinds', LUASEC, async (cleanup) => {
  const { http, https } = await serve(cleanup, (request, reply, origins) => {
    const secure = 'encrypted' in request.socket;
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { authorization, cookie, 'x-mine': mine, 'transfer-encoding': coding } = request.headers;
      const body = Buffer.concat(pieces);
      const about = [
        request.method,
        request.url,
        authorization,
        cookie,
        mine,
        coding,
        body.length,
        body.toString('hex', 0, 40),
      ];
      if (request.url === '/set') reply.setHeader('Set-Cookie', ['seen=yes; Path=/', 'n=1; Secure']);
      if (request.url === '/to-other')
        reply.writeHead(301, { Location: `${secure ? origins.http : origins.https}/asked?from=${secure}` });
      reply.statusCode = request.url === '/missing' ? 404 : reply.statusCode;
      reply.end(about.join('|'));
    });
  });
  const [ours, theirs] = await Promise.all(
    (['ours', 'native'] as const).map((host) => said(cleanup, host, 'requests', http, https, ROOTS)),
  );
  assert.deepEqual(ours, theirs);
  assert.equal(ours!.length, 26);
  assert.match(ours![8]!, /^redirects\t200\thttps:\/\/HOST\/asked\?from=false\tGET\|/);
  assert.match(ours![20]!, /^redirects\t200\thttp:\/\/HOST\/asked\?from=true\tGET\|/);
});
