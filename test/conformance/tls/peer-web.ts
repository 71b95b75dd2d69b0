/** The peer as a web server, plain or through TLS, that tells of its connections; and as a proxy. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type PeerTls, upgrade } from './peer-tls.ts';

/** What it says of a request at `/facts`. */
export interface WebFacts {
  readonly connections: number;
  readonly requests: number;
  readonly resumed: number;
  readonly tunnels: number;
  readonly servername: string | null;
  readonly alpn: string | null;
  readonly peer: string | null;
  readonly authorization: string | null;
}

/** Starts one that lives as long as the peer, and gives its port. */
export async function serveWeb(how: PeerTls | undefined): Promise<number> {
  const raws = new WeakMap<object, net.Socket>();
  const counts = { connections: 0, requests: 0, resumed: 0, tunnels: 0 };
  const web = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    counts.requests++;
    answer(request, response, counts, raws.get(request.socket));
  });
  web.on('connect', (request, socket: net.Socket, head: Buffer) => {
    counts.tunnels++;
    const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(request.url ?? '') ?? [];
    const onward = net.connect({ host, port: Number(port) }, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    for (const [one, other] of [[onward, socket] as const, [socket, onward] as const])
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
  });
  web.on('clientError', (_error, socket) => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'));
  const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: how !== undefined }, (raw) => {
    if (how === undefined) return void web.emit('connection', raw);
    void upgrade(raw, Buffer.alloc(0), how).then(({ socket, error }) => {
      if (error !== undefined || socket.destroyed) return;
      counts.connections++;
      if (socket.isSessionReused()) counts.resumed++;
      raws.set(socket, raw);
      web.emit('connection', socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function answer(
  { url = '', headers, socket }: IncomingMessage,
  response: ServerResponse,
  counts: object,
  raw: net.Socket | undefined,
): void {
  const secure = socket as TLSSocket & { servername?: string };
  const [path, query = ''] = url.split('?');
  if (path === '/facts') {
    const facts = {
      ...counts,
      servername: secure.servername || null,
      alpn: secure.alpnProtocol || null,
      peer: raw === undefined ? null : (secure.getPeerCertificate()?.subject?.CN ?? null),
      authorization: headers.authorization ?? null,
    };
    response.end(JSON.stringify(facts));
  } else if (path === '/302' || path === '/307') {
    response.writeHead(Number(path.slice(1)), { Location: decodeURIComponent(query) }).end();
  } else if (path === '/end' || path === '/cut') {
    // Nothing but its end shows how long the body is.
    socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nwhat there is', () => {
      if (path === '/cut') raw?.end();
      else socket.end();
    });
  } else {
    response.end(`hello ${url}`);
  }
}
