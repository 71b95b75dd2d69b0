/**
 * The faces have one surface: every member of a socket class in the blocking face is that of the await face, without
 * the promise. A member that drifts, or a call that begins to wait, does not compile.
 */

import type { FtpSession } from '../../src/protocol/ftp/session.ts';
import type { Session } from '../../src/protocol/http/call/session.ts';
import type { SmtpSession } from '../../src/protocol/smtp/session.ts';
import type { ControlConnection } from '../../src/protocol/tp/control.ts';
import type { Client } from '../../src/sockets/client.ts';
import type { Dns } from '../../src/sockets/dns.ts';
import type { Face } from '../../src/sockets/face.ts';
import type { TcpClient, TcpServer } from '../../src/sockets/tcp.ts';
import type { TcpMaster } from '../../src/sockets/tcp-master.ts';
import type { TlsClient, TlsServer } from '../../src/sockets/tls.ts';
import type { Udp } from '../../src/sockets/udp.ts';
import type { UnixMaster, UnixServer } from '../../src/sockets/unix.ts';
import { type Equal, exactly, same } from './expect.ts';

interface Classes<F extends Face> {
  TcpMaster: TcpMaster<F>;
  TcpServer: TcpServer<F>;
  TcpClient: TcpClient<F>;
  UnixMaster: UnixMaster<F>;
  UnixServer: UnixServer<F>;
  TlsClient: TlsClient<F>;
  TlsServer: TlsServer<F>;
  Client: Client<F>;
  Udp: Udp<F>;
  Dns: Dns<F>;
}

type ClassName = keyof Classes<Face>;

/** What the await face gives, in the blocking one: sockets of that face, and iterators that do not wait. */
type Blocking<T> =
  T extends AsyncIterableIterator<infer V>
    ? IterableIterator<Blocking<V>>
    : T extends [infer A, infer B]
      ? [Blocking<A>, Blocking<B>]
      : true extends { [N in ClassName]: Equal<T, Classes<'await'>[N]> }[ClassName]
        ? { [N in ClassName]: Equal<T, Classes<'await'>[N]> extends true ? Classes<'blocking'>[N] : never }[ClassName]
        : T;

type AnyMethod = (...args: never[]) => unknown;

/** The members that differ by more than the promise. Type parameters count as their bounds here. */
type Drifted<A, B> = {
  [K in keyof A]: K extends keyof B
    ? A[K] extends AnyMethod
      ? B[K] extends AnyMethod
        ? Equal<Parameters<A[K]>, Parameters<B[K]>> extends true
          ? Equal<Blocking<Awaited<ReturnType<A[K]>>>, ReturnType<B[K]>> extends true
            ? never
            : [K, 'returns', Awaited<ReturnType<A[K]>>, ReturnType<B[K]>]
          : [K, 'takes', Parameters<A[K]>, Parameters<B[K]>]
        : [K, 'is no method']
      : Equal<A[K], B[K]> extends true
        ? never
        : [K, 'is', A[K], B[K]]
    : [K, 'is missing'];
}[keyof A];

/** By the nature of the language: `for await` and `for` look for members of different names. */
type Loops = typeof Symbol.asyncIterator | typeof Symbol.iterator;

same<
  { [N in ClassName]: Drifted<Omit<Classes<'await'>[N], Loops>, Classes<'blocking'>[N]> },
  Record<ClassName, never>
>();
same<{ [N in ClassName]: keyof Classes<'await'>[N] }, { [N in ClassName]: keyof Classes<'blocking'>[N] }>();

/** The modules: what both have, and what each has alone. */
type Await = typeof import('../../src/entry/index.ts');
type Libc = typeof import('../../src/entry/blocking.ts');
type Both = keyof Await & keyof Libc;
/** Objects whose members are those of a class, or masters, and calls that take clients. */
type Objects = 'dns' | 'unix' | Copies;
type Copies = 'copy' | 'forward';
same<Exclude<keyof Await, keyof Libc>, never>();
same<Exclude<keyof Libc, keyof Await>, 'listening' | 'serial' | 'warnOfLeaks'>();
same<Drifted<Pick<Await, Exclude<Both, Objects>>, Libc>, never>();
same<{ [N in Copies]: ReturnType<Await[N]> }, { [N in Copies]: Promise<ReturnType<Libc[N]>> }>();
same<{ [N in Copies]: Parameters<Await[N]>[2] }, { [N in Copies]: Parameters<Libc[N]>[2] }>();
same<Drifted<Await['unix'], Libc['unix']>, never>();
same<Exclude<keyof Libc['unix'], keyof Await['unix']>, 'dgram'>();
same<[Await['dns'], Libc['dns']], [Dns<'await'>, Dns<'blocking'>]>();

/** HTTP: sessions are a class of both, and the calls take what belongs to their face. */
type HttpAwait = typeof import('../../src/entry/http.ts');
type HttpLibc = typeof import('../../src/entry/http-blocking.ts');
same<keyof HttpAwait, keyof HttpLibc>();
same<ReturnType<HttpAwait['request']>, Promise<ReturnType<HttpLibc['request']>>>();
same<ReturnType<HttpAwait['fetch']>, Promise<ReturnType<HttpLibc['fetch']>>>();
same<[ReturnType<HttpAwait['session']>, ReturnType<HttpLibc['session']>], [Session<'await'>, Session<'blocking'>]>();
same<Parameters<HttpAwait['session']>, Parameters<HttpLibc['session']>>();

/** tp: its control connection is a class of both. */
type TpAwait = typeof import('../../src/entry/tp.ts');
type TpLibc = typeof import('../../src/entry/tp-blocking.ts');
same<keyof TpAwait, keyof TpLibc>();
same<Awaited<ReturnType<TpAwait['connect']>>, ControlConnection<'await'>>();
same<ReturnType<TpLibc['connect']>, ControlConnection<'blocking'>>();

/** FTP: its sessions are a class of both, and the calls take what belongs to their face. */
type FtpAwait = typeof import('../../src/entry/ftp.ts');
type FtpLibc = typeof import('../../src/entry/ftp-blocking.ts');
same<keyof FtpAwait, keyof FtpLibc>();
same<Awaited<ReturnType<FtpAwait['connect']>>, FtpSession<'await'>>();
same<ReturnType<FtpLibc['connect']>, FtpSession<'blocking'>>();
same<ReturnType<FtpAwait['get']>, Promise<ReturnType<FtpLibc['get']>>>();
same<ReturnType<FtpAwait['put']>, Promise<ReturnType<FtpLibc['put']>>>();
same<ReturnType<FtpAwait['command']>, Promise<ReturnType<FtpLibc['command']>>>();

/** SMTP: its session is a class of both. */
type SmtpAwait = typeof import('../../src/entry/smtp.ts');
type SmtpLibc = typeof import('../../src/entry/smtp-blocking.ts');
// A call of the blocking face returns when its mail is sent, so that a pool would be one session.
same<Exclude<keyof SmtpAwait, 'pool'>, keyof SmtpLibc>();
same<Awaited<ReturnType<SmtpAwait['connect']>>, SmtpSession<'await'>>();
same<ReturnType<SmtpLibc['connect']>, SmtpSession<'blocking'>>();
same<ReturnType<SmtpAwait['send']>, Promise<ReturnType<SmtpLibc['send']>>>();

/** TLS: the calls of both, and what each takes and gives in its face. */
type TlsAwait = typeof import('../../src/entry/tls.ts');
type TlsLibc = typeof import('../../src/entry/tls-blocking.ts');
same<keyof TlsAwait, keyof TlsLibc>();
same<Drifted<Omit<TlsAwait, 'wrap'>, TlsLibc>, never>();
same<[Blocking<Parameters<TlsAwait['wrap']>[0]>, Parameters<TlsAwait['wrap']>[1]], Parameters<TlsLibc['wrap']>>();
same<Blocking<Awaited<ReturnType<TlsAwait['wrap']>>>, ReturnType<TlsLibc['wrap']>>();

/** The calls that give a promise. */
type Waiting<C> = {
  [K in keyof C]: C[K] extends AnyMethod ? (ReturnType<C[K]> extends PromiseLike<unknown> ? K : never) : never;
}[keyof C];

type Disposal = typeof Symbol.asyncDispose;

same<Waiting<TcpMaster<'await'>>, 'bind' | 'listen' | 'connect' | Disposal>();
same<Waiting<TcpServer<'await'>>, 'accept' | Disposal>();
same<Waiting<TcpClient<'await'>>, 'receive' | 'send' | Disposal>();
same<Waiting<TlsServer<'await'>>, 'accept' | Disposal>();
same<Waiting<TlsClient<'await'>>, 'receive' | 'send' | Disposal>();
same<Waiting<UnixMaster<'await'>>, 'bind' | 'listen' | 'connect' | Disposal>();
same<Waiting<UnixServer<'await'>>, 'accept' | Disposal>();
same<Waiting<Client<'await'>>, 'receive' | 'send' | Disposal>();
same<
  Waiting<Udp<'await'>>,
  'setsockname' | 'setpeername' | 'sendto' | 'send' | 'sendmany' | 'receive' | 'receivefrom' | 'receivemany' | Disposal
>();
same<Waiting<Dns<'await'>>, 'toip' | 'tohostname' | 'getaddrinfo' | 'getnameinfo'>();
same<{ [N in ClassName]: Waiting<Classes<'blocking'>[N]> }, Record<ClassName, never>>();

/** What a type with parameters hides from the check above. */
export async function blocking(
  client: TcpClient<'blocking'>,
  server: TcpServer<'blocking'>,
  some: boolean,
): Promise<void> {
  exactly<string>()(client.receive());
  exactly<string>()(client.receive('*l'));
  exactly<Buffer>()(client.receive(5));
  exactly<Buffer>()(client.receive('*a'));
  exactly<string>()(client.receive({ until: ':' }));
  exactly<string>()(client.receive(5, { encoding: 'latin1' }));
  exactly<Buffer>()(client.receive('*l', { encoding: 'buffer' }));
  exactly<string | Buffer>()(client.receive(some ? '*a' : '*l'));
  exactly<number>()(client.send('x'));
  exactly<boolean>()(client.getoption('keepalive'));
  exactly<string | undefined>()(client.getoption('error'));
  for (const line of client.lines()) exactly<string>()(line);
  exactly<TcpClient<'blocking'>>()(server.accept());
  for (const accepted of server) exactly<TcpClient<'blocking'>>()(accepted);
  using _closed = client;

  // @ts-expect-error: there is nothing to await
  for await (const accepted of server) exactly<never>()(accepted);
  // @ts-expect-error: there is no promise
  client.receive().then();
  // @ts-expect-error: the faces do not mix
  const _mixed: TcpClient<'await'> = client;
}

/** The check itself catches what drifts. */
interface Good<F extends Face> {
  call(a: number): F extends 'await' ? Promise<string> : string;
}
same<Drifted<Good<'await'>, Good<'blocking'>>, never>();
same<Equal<Drifted<{ call(a: number): Promise<string> }, { call(a: number): number }>, never>, false>();
same<Equal<Drifted<{ call(a: number): Promise<string> }, { call(a: string): string }>, never>, false>();
same<Equal<Drifted<{ call(a: number): string }, { call?: (a: number) => string }>, never>, false>();
same<Equal<Drifted<{ call(): void; other: 1 }, { call(): void }>, never>, false>();
same<Equal<Drifted<{ call(): Promise<TcpClient<'await'>> }, { call(): TcpClient<'await'> }>, never>, false>();
