/** A blocking TLS server: handshakes side by side, so that nobody waits for somebody else's. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OpenSslIo } from '../../src/blocking/tls-io.ts';
import { type SocketError, TimeoutError } from '../../src/core/errors.ts';
import { NO_WAIT } from '../../src/core/timeout.ts';
import { connect, select, sleep, stream, type TcpClient } from '../../src/entry/blocking.ts';
import { listen, type TlsClient, type TlsServer } from '../../src/entry/tls-blocking.ts';
import type { TlsListenOptions } from '../../src/sockets/open-tls.ts';
import { Scope } from '../reliability/harness.ts';
import { refused } from './support.ts';
import { clientContext, serverContext, side } from './tls-support.ts';

const context = serverContext();
const ours = clientContext();

interface Setting {
  readonly scope: Scope;
  readonly server: TlsServer;
  readonly rejected: SocketError[];
  plain(): TcpClient;
  /** A client that has begun its handshake, and does not wait for the rest. */
  begun(): OpenSslIo;
}

function serving(title: string, options: TlsListenOptions, body: (setting: Setting) => void): void {
  it(title, async () => {
    const scope = new Scope();
    const rejected: SocketError[] = [];
    try {
      const server = listen('127.0.0.1', 0, { context, onrejected: (error) => rejected.push(error), ...options });
      scope.defer(() => server.close());
      server.settimeout(0);
      const plain = (): TcpClient => {
        const client = connect('127.0.0.1', server.getsockname().port);
        scope.defer(() => client.close());
        return client;
      };
      const begun = (): OpenSslIo => {
        const io = new OpenSslIo(plain().stream.io, side('client', { context: ours }));
        scope.defer(() => io.close());
        io.handshake(NO_WAIT);
        return io;
      };
      body({ scope, server, rejected, plain, begun });
    } finally {
      await scope.end();
    }
  });
}

/** The next connection, where there is one without a wait. */
function accepted(server: TlsServer): TlsClient | undefined {
  try {
    return server.accept();
  } catch (error) {
    if (error instanceof TimeoutError) return undefined;
    throw error;
  }
}

/** Lets a client and the server take turns, until the server has accepted. */
function acceptedFrom({ server, scope }: Setting, ...clients: OpenSslIo[]): TlsClient {
  for (let turn = 0; turn < 5000; turn++) {
    const connection = accepted(server);
    if (connection !== undefined) {
      scope.defer(() => connection.close());
      return connection;
    }
    for (const client of clients) client.handshake(NO_WAIT);
    sleep(0.001);
  }
  assert.fail('nobody was accepted');
}

describe('accept', () => {
  serving('gives the first whose handshake is done: silent clients and slow ones stop nobody', {}, (setting) => {
    const { plain, begun } = setting;
    for (let i = 0; i < 5; i++) plain();
    const slow = plain();
    slow.send(Buffer.from('1603010200010001fc', 'hex')); // the beginning of a hello, and no more of it
    const quick = begun();
    const connection = acceptedFrom(setting, quick);
    const client = stream(quick);
    client.send('hello\n');
    connection.settimeout(10);
    assert.equal(connection.receive(), 'hello');
    assert.deepEqual(setting.rejected, []);
  });

  serving('gives several in the order in which they are done', {}, (setting) => {
    const [first, second] = [setting.begun(), setting.begun()];
    const one = acceptedFrom(setting, second);
    const other = acceptedFrom(setting, first);
    stream(second).send('second\n');
    stream(first).send('first\n');
    for (const connection of [one, other]) connection.settimeout(10);
    assert.deepEqual([one.receive(), other.receive()], ['second', 'first']);
  });

  serving('ends each handshake at its own limit, and tells why', { timeout: 0.05 }, (setting) => {
    const { server, plain, rejected } = setting;
    plain();
    assert.equal(accepted(server), undefined);
    sleep(0.06);
    assert.equal(accepted(server), undefined);
    assert.deepEqual(
      rejected.map(({ code, phase }) => [code, phase]),
      [['ETIMEDOUT', 'handshake']],
    );
    acceptedFrom(setting, setting.begun()); // and goes on
  });

  serving('refuses what is no TLS, and says what it was', {}, ({ server, plain, rejected }) => {
    const peers = ['GET / HTTP/1.1\r\n\r\n', 'EHLO here\r\n', 'SSH-2.0-OpenSSH_9\r\n'].map((text) => {
      const client = plain();
      client.send(text);
      return client;
    });
    for (let turn = 0; rejected.length < peers.length && turn < 1000; turn++) {
      assert.equal(accepted(server), undefined);
      sleep(0.001);
    }
    assert.deepEqual(
      rejected.map(({ code, message }) => [code, /HTTP|SMTP|SSH/.exec(message)?.[0]]),
      [
        ['ERR_TLS_WRONG_PROTOCOL', 'HTTP'],
        ['ERR_TLS_WRONG_PROTOCOL', 'SMTP'],
        ['ERR_TLS_WRONG_PROTOCOL', 'SSH'],
      ],
    );
  });

  serving(
    'has as many under way as the backlog says; the rest wait in the kernel',
    { backlog: 2, timeout: 0.2 },
    (setting) => {
      const { server, plain } = setting;
      plain();
      plain();
      const late = setting.begun();
      for (let i = 0; i < 20; i++) {
        assert.equal(accepted(server), undefined);
        late.handshake(NO_WAIT);
      }
      acceptedFrom(setting, late); // when the time of one of them is over
      while (setting.rejected.length < 2) assert.equal(accepted(server), undefined); // and soon that of the other
      assert.equal(setting.rejected.length, 2);
    },
  );

  serving('waits no longer than its own timeout, whatever clients do', {}, ({ server, plain }) => {
    server.settimeout(0.05);
    plain();
    refused(() => server.accept(), 'ETIMEDOUT');
  });

  serving('gives what a client has sent behind its handshake', {}, (setting) => {
    const client = setting.begun();
    const connection = (() => {
      for (let turn = 0; turn < 5000; turn++) {
        if (client.handshake(NO_WAIT) === undefined) break;
        assert.equal(accepted(setting.server), undefined);
      }
      client.send(Buffer.from('at once\n'), NO_WAIT);
      return acceptedFrom(setting);
    })();
    connection.settimeout(10);
    assert.equal(connection.receive(), 'at once');
  });
});

describe('select over a server', () => {
  serving('is told of a connection when its handshake is done, and not before', {}, (setting) => {
    const { server, plain } = setting;
    plain();
    assert.deepEqual(select([server], [], 0.02).readable, []);
    const client = setting.begun();
    let found: readonly unknown[] = [];
    for (let turn = 0; turn < 5000 && found.length === 0; turn++) {
      found = select([server], [], 0.002).readable;
      client.handshake(NO_WAIT);
    }
    assert.deepEqual(found, [server]);
    accepted(server)?.close();
  });

  serving('gives way to new clients when silent ones are out of time', { backlog: 1, timeout: 0.1 }, (setting) => {
    setting.plain();
    const client = setting.begun();
    let found: readonly unknown[] = [];
    for (let turn = 0; turn < 50 && found.length === 0; turn++) {
      found = select([setting.server], [], 0.2).readable;
      client.handshake(NO_WAIT);
    }
    assert.deepEqual(found, [setting.server]);
    assert.equal(setting.rejected.length, 1);
  });
});

describe('select over connections', () => {
  serving('finds what is for the program, and not half a record, nor what is TLS alone', {}, (setting) => {
    const io = setting.begun();
    const connection = acceptedFrom(setting, io);
    const client = stream(io);
    // A TLS 1.3 server sends tickets behind the handshake: bytes for the socket, and nothing to receive.
    assert.deepEqual(select([client], [], 0.02).readable, []);
    connection.send('a line\n');
    assert.deepEqual(select([client], [], 10).readable, [client]);
    client.settimeout(10);
    assert.equal(client.receive(), 'a line');
    connection.shutdown('send');
    assert.deepEqual(select([client], [], 10).readable, [client]);
    assert.equal(refused(() => client.receive(), 'ERR_CLOSED').code, 'ERR_CLOSED');
  });
});
