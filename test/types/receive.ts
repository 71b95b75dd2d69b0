/** What a receive gives, for each pattern and encoding, in the await face; and which calls wait. */

import type { Stream } from '../../src/core/stream.ts';
import type {
  Client,
  Endpoint,
  OptionValues,
  Pattern,
  Stats,
  TcpClient,
  TcpServer,
  TextEncoding,
} from '../../src/entry/index.ts';
import type { Flow } from '../../src/entry/io.ts';
import type { Received } from '../../src/sockets/client.ts';
import { exactly, same } from './expect.ts';

export async function patterns(client: Client, some: boolean): Promise<void> {
  const text = exactly<Promise<string>>();
  const bytes = exactly<Promise<Buffer>>();
  const either = exactly<Promise<string | Buffer>>();

  text(client.receive());
  text(client.receive('*l'));
  text(client.receive('*l', {}));
  text(client.receive({ until: '\r\n' }));
  text(client.receive({ until: new Uint8Array(1) }, { limit: 5, prefix: 'x', signal: AbortSignal.abort() }));
  bytes(client.receive(5));
  bytes(client.receive(5, { prefix: Buffer.alloc(1) }));
  bytes(client.receive('*a'));
  bytes(client.receive('*a', { limit: 5 }));

  text(client.receive(5, { encoding: 'latin1' }));
  text(client.receive('*a', { encoding: 'hex' }));
  text(client.receive('*l', { encoding: 'utf16le' }));
  bytes(client.receive('*l', { encoding: 'buffer' }));
  bytes(client.receive({ until: ':' }, { encoding: 'buffer' }));
  bytes(client.receive(5, { encoding: 'buffer' }));
  text(client.receive('*l', { encoding: undefined }));
  bytes(client.receive(5, { encoding: undefined }));

  either(client.receive(some ? '*l' : 5));
  either(client.receive('*l' as Pattern));
  either(client.receive('*l', { encoding: some ? 'buffer' : 'utf8' }));
  // Without an encoding a count is bytes: that it may be there does not make it text.
  either(client.receive(5, { encoding: some ? 'utf8' : undefined }));
  text(client.receive('*l', { encoding: some ? 'utf8' : undefined }));
  text(client.receive(5, { encoding: 'utf8' as TextEncoding }));
  either(client.receive('*l', { encoding: 'utf8' as TextEncoding | 'buffer' }));

  // @ts-expect-error: a pattern has its star
  await client.receive('l');
  // @ts-expect-error: nor is any text a pattern
  await client.receive('*x');
  // @ts-expect-error: a delimiter is text or bytes
  await client.receive({ until: 5 });
  // @ts-expect-error: an encoding that there is
  await client.receive('*l', { encoding: 'ebcdic' });
  // @ts-expect-error: an option that there is
  await client.receive('*l', { timeout: 5 });
  // @ts-expect-error: a limit is a number
  await client.receive('*l', { limit: '5' });
}

same<Received<'*l', undefined>, string>();
same<Received<'*a', undefined>, Buffer>();
same<Received<number, undefined>, Buffer>();
same<Received<{ until: string }, undefined>, string>();
same<Received<Pattern, undefined>, string | Buffer>();
same<Received<Pattern, 'buffer'>, Buffer>();
same<Received<Pattern, 'latin1'>, string>();

export async function waiting(client: TcpClient, server: TcpServer): Promise<void> {
  exactly<Promise<number>>()(client.send('x'));
  exactly<Promise<number>>()(client.send(new Uint8Array(1), 0, 1, { signal: AbortSignal.abort() }));
  exactly<Promise<TcpClient>>()(server.accept());
  for await (const line of client.lines()) exactly<string>()(line);
  for await (const accepted of server) exactly<TcpClient>()(accepted);
  await using _closed = client;
  using _closedToo = client;

  // @ts-expect-error: bytes or text
  await client.send(5);
  // @ts-expect-error: an index is a number
  await client.send('x', '0');
  // @ts-expect-error: lines are text
  client.lines({ encoding: 'buffer' });
}

export function plain(client: TcpClient, server: TcpServer): void {
  exactly<Endpoint>()(client.getsockname());
  exactly<Endpoint>()(client.getpeername());
  exactly<Endpoint>()(server.getsockname());
  exactly<Stats>()(client.getstats());
  exactly<{ block: number | null; total: number | null }>()(client.gettimeout());
  exactly<void>()(client.settimeout(1));
  exactly<void>()(client.settimeout(null, 't'));
  exactly<boolean>()(client.dirty());
  exactly<number>()(client.getfd());
  exactly<void>()(client.close());
  exactly<Stream>()(client.stream);
  exactly<Flow<string | Buffer>>()(client.stream.receive());

  // @ts-expect-error: 'b' or 't'
  client.settimeout(1, 'r');
  // @ts-expect-error: seconds
  client.settimeout('1');
  // @ts-expect-error: a half, or both
  client.shutdown('write');
  // @ts-expect-error: the stream is not replaced
  client.stream = undefined;
}

export function options(client: TcpClient): void {
  client.setoption('keepalive', true);
  client.setoption('linger', { on: true, timeout: 0 });
  client.setoption('tcp-keepidle', 5);
  client.setoption('ip-add-membership', { multiaddr: '224.0.0.1', interface: 2 });
  exactly<boolean>()(client.getoption('tcp-nodelay'));
  exactly<OptionValues['linger']>()(client.getoption('linger'));
  exactly<number>()(client.getoption('recv-buffer-size'));
  exactly<string | undefined>()(client.getoption('error'));

  // @ts-expect-error: a flag is a boolean
  client.setoption('keepalive', 1);
  // @ts-expect-error: a number is no flag
  client.setoption('tcp-keepidle', true);
  // @ts-expect-error: both halves of linger
  client.setoption('linger', { on: true });
  // @ts-expect-error: the pending error is not set
  client.setoption('error', 'x');
  // @ts-expect-error: an option that there is
  client.getoption('nodelay');
}
