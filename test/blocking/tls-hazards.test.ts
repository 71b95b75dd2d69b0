/** What goes wrong with OpenSSL in somebody else's process, and with records that are encrypted and not sent. */
import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { describe, it } from 'node:test';
import type { OpenSslIo } from '../../src/blocking/tls-io.ts';
import { TIMED_OUT, TimeoutError } from '../../src/core/errors.ts';
import { NO_WAIT } from '../../src/core/timeout.ts';
import { bind, type Client, connect, pair, select, stream } from '../../src/entry/blocking.ts';
import { context } from '../../src/entry/tls-blocking.ts';
import type { Library } from '../../src/posix/libc/functions.ts';
import { loadOpenSsl, openssl } from '../../src/posix/openssl/functions.ts';
import { Child } from '../peers/tools.ts';
import { Scope } from '../reliability/harness.ts';
import { refused } from './support.ts';
import { clientContext, handshaken, identity, LinkEnd, pem, serverContext, side } from './tls-support.ts';

const client = clientContext();
const server = serverContext();

function joined(ends = LinkEnd.pair()): { here: Client; there: Client; io: OpenSslIo; link: [LinkEnd, LinkEnd] } {
  const made = handshaken(ends, side('client', { context: client }), side('server', { context: server }));
  assert.deepEqual([made.clientFailure, made.serverFailure], [undefined, undefined]);
  const [here, there] = [stream(made.client), stream(made.server)];
  here.settimeout(0);
  there.settimeout(0);
  return { here, there, io: made.client, link: ends };
}

/** Over sockets of the kernel, whose room is small and known to poll(2). */
function joinedBySockets(): { here: Client; there: Client; close: () => void } {
  const listening = bind('127.0.0.1', 0);
  const below = connect('127.0.0.1', listening.getsockname().port);
  const other = listening.accept();
  listening.close();
  const ends = [below.stream.io, other.stream.io] as const;
  const made = handshaken(ends, side('client', { context: client }), side('server', { context: server }));
  assert.deepEqual([made.clientFailure, made.serverFailure], [undefined, undefined]);
  const [here, there] = [stream(made.client), stream(made.server)];
  here.settimeout(0);
  there.settimeout(0);
  const close = (): void => {
    there.close();
    here.close();
  };
  return { here, there, close };
}

/** What is there, without a wait. */
function drained(from: Client): Buffer {
  const error = refused(() => from.receive('*a'), 'ETIMEDOUT');
  const bytes = error.partial as Buffer;
  if (bytes.length > 0) from.receive(bytes.length);
  return bytes;
}

describe('which OpenSSL', () => {
  const opened: (readonly [string | null, boolean])[] = [];
  const search = (answer: (name: string | null) => Library) => () =>
    loadOpenSsl((name, deep = false) => {
      opened.push([name, deep]);
      return answer(name);
    });
  const saying = (version: string): Library => ({ declare: () => (() => version) as never });

  it('is that of the process, or the system library with its own names before those of the process', () => {
    opened.length = 0;
    const found = search((name) => {
      if (name === null) throw new Error('no such symbol');
      return saying('OpenSSL 3.9.9 1 Jan 2030');
    })();
    assert.equal(found.OpenSSL_version(0), 'OpenSSL 3.9.9 1 Jan 2030');
    const name = process.platform === 'darwin' ? 'libssl.3.dylib' : 'libssl.so.3';
    assert.deepEqual(opened, [
      [null, false],
      [name, true],
    ]);
  });

  it('is no other library of that name, nor one beside it', () => {
    opened.length = 0;
    const error = refused(
      search(() => saying('BoringSSL')),
      'ERR_UNSUPPORTED',
      'the process has BoringSSL',
    );
    assert.deepEqual(opened, [[null, false]]);
    assert.match(error.message, /import 'moonsocket\/tls', the await face, instead$/);
  });

  it('works from the system library as well, whatever this Node carries', async () => {
    const scope = new Scope();
    const at = (file: string): string => JSON.stringify(new URL(`../../src/posix/${file}.js`, import.meta.url).href);
    try {
      const child = new Child(scope, process.execPath, [
        '--input-type=module',
        '-e',
        `import { openLibrary } from ${at('libc/functions')};
        import { loadOpenSsl } from ${at('openssl/functions')};
        const hidden = (name, deep) => { if (name === null) throw new Error('hidden'); return openLibrary(name, deep); };
        try {
          const c = loadOpenSsl(hidden);
          const context = c.SSL_CTX_new(c.TLS_method());
          console.log(context !== null && c.SSL_new(context) !== null ? 'works' : 'gives NULL');
        } catch (error) {
          console.log(/libssl.* cannot open shared object/.test(error.message) ? 'works' : error.message);
        }`,
      ]);
      const { code, signal } = await child.ended;
      assert.deepEqual([child.stdout.trim(), code, signal], ['works', 0, null], child.stderr);
    } finally {
      await scope.end();
    }
  });
});

describe('an error of OpenSSL stays nowhere', () => {
  const key = pem('server.key');
  const assertClean = (): void => {
    assert.equal(Number(openssl().ERR_peek_error()), 0);
    createPrivateKey(key); // which throws what others have left
  };
  const failing: Record<string, () => unknown> = {
    'ciphers that are none': () => refused(() => context({ ciphers: 'NO-SUCH' }), 'ERR_TLS_CONTEXT'),
    'a key that is none': () =>
      refused(() => context({ cert: identity().cert, key: '-----BEGIN PRIVATE KEY-----\nAAAA' }), 'ERR_TLS_CONTEXT'),
    'the key of another certificate': () =>
      refused(() => context({ cert: identity().cert, key: pem('second.key') }), 'ERR_TLS_CONTEXT'),
    'a wrong passphrase': () =>
      refused(
        () => context({ cert: pem('client.pem'), key: pem('encrypted.key'), passphrase: 'wrong' }),
        'ERR_TLS_CONTEXT',
      ),
    'a list of CAs that is none': () =>
      refused(() => context({ ca: '-----BEGIN CERTIFICATE-----' }), 'ERR_TLS_CONTEXT'),
    'a context that is good': () => clientContext({ alpn: ['a'] }),
    'a context that asks for certificates': () => context({ ca: pem('root.pem'), requestCert: true }),
    'a name that is another': () => {
      const wrong = side('client', { context: client, servername: 'other.test' });
      const { clientFailure } = handshaken(LinkEnd.pair(), wrong, side('server', { context: server }));
      assert.equal(clientFailure?.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
      assertClean();
    },
    'a session that is none': () => {
      const how = side('client', { context: client, session: Buffer.from('rubbish') });
      const { clientFailure } = handshaken(LinkEnd.pair(), how, side('server', { context: server }));
      assert.equal(clientFailure, undefined);
    },
    'a record that is broken': () => {
      const { here, there, link } = joined();
      link[0].change = (bytes) => {
        bytes[20] = (bytes[20] as number) ^ 1;
        return bytes;
      };
      here.send('hello');
      refused(() => there.receive(), 'ERR_TLS_PROTOCOL');
      assertClean();
      here.close();
      there.close();
    },
    'a send after that': () => {
      const { here, there, link } = joined();
      link[1].change = () => Buffer.from('no TLS at all, and long enough for a header');
      there.send('x');
      refused(() => here.receive(), 'ERR_TLS_PROTOCOL');
      refused(() => here.send('x'), 'ERR_TLS_PROTOCOL');
      assertClean();
      here.close();
      there.close();
    },
  };
  for (const [name, fail] of Object.entries(failing)) {
    it(`after ${name}`, () => {
      fail();
      assertClean();
    });
  }
});

describe('a record that is encrypted and not sent', () => {
  const data = Buffer.alloc(10_000, 'a record ');
  const held = (): ReturnType<typeof joined> => {
    const made = joined();
    drained(made.here); // tickets
    made.link[0].room = 100;
    const error = refused(() => made.here.send(data), 'ETIMEDOUT');
    assert.ok(error instanceof TimeoutError);
    assert.equal(error.sent, data.length); // it has its number, and cannot be taken back
    assert.equal(made.here.getstats().sent, data.length);
    assert.equal(drained(made.there).length, 0);
    made.link[0].room = Number.POSITIVE_INFINITY;
    return made;
  };
  const moving: Record<string, (made: ReturnType<typeof joined>) => unknown> = {
    receive: ({ here }) => refused(() => here.receive(), 'ETIMEDOUT'),
    send: ({ here }) => here.send(''.padEnd(10)),
    shutdown: ({ here }) => here.shutdown('send'),
    close: ({ here }) => here.close(),
    'what select asks': ({ io }) => assert.equal(io.push(), true),
  };
  for (const [name, move] of Object.entries(moving)) {
    it(`goes on with ${name}`, () => {
      const made = held();
      move(made);
      assert.ok(made.there.receive(data.length).equals(data));
      made.here.close();
      made.there.close();
    });
  }

  it('is not made while another one is there: a send that fails has taken nothing of its own', () => {
    const made = joined();
    made.link[0].room = 100;
    refused(() => made.here.send(data), 'ETIMEDOUT');
    made.link[0].room = 50;
    assert.equal(refused(() => made.here.send('more'), 'ETIMEDOUT').sent, 0);
    made.link[0].room = Number.POSITIVE_INFINITY;
    refused(() => made.here.receive(), 'ETIMEDOUT');
    assert.equal(made.there.receive(data.length).length, data.length);
    assert.equal(drained(made.there).length, 0);
    made.here.close();
    made.there.close();
  });

  it('never blocks two sides that both send and receive, and what send says was sent arrives', () => {
    const { here, there, close } = joinedBySockets();
    const big = Buffer.alloc(6_000_000, 'both ways ');
    const sides = [
      { out: here, sent: 0, got: 0 },
      { out: there, sent: 0, got: 0 },
    ];
    for (let turn = 0; sides.some(({ got }) => got < big.length); turn++) {
      assert.ok(turn < 100_000, JSON.stringify(sides.map(({ sent, got }) => ({ sent, got }))));
      for (const one of sides) {
        try {
          if (one.sent < big.length) one.sent += one.out.send(big, one.sent);
        } catch (error) {
          if (!(error instanceof TimeoutError)) throw error;
          one.sent += error.sent as number;
        }
        // Whole pieces in turn with what is there, so that a side may be at its end with bytes that are held.
        if (turn % 3 === 0) one.got += drained(one.out).length;
      }
    }
    assert.deepEqual(
      sides.map(({ sent, got }) => [sent, got]),
      [
        [big.length, big.length],
        [big.length, big.length],
      ],
    );
    close();
  });

  it('is waited for by select, in the list of readers too', () => {
    const { here, there, close } = joinedBySockets();
    const big = Buffer.alloc(20_000_000);
    const sent = refused(() => here.send(big), 'ETIMEDOUT').sent as number;
    let got = 0;
    for (let turn = 0; got < sent; turn++) {
      assert.ok(turn < 10_000, `${got} of ${sent}`);
      select([here, there], [], 5); // nobody sends, and what is held goes on
      got += drained(there).length;
    }
    assert.equal(select([], [here], 5).writable[0], here);
    close();
  });

  it('comes with others only up to a limit: a peer that wants new keys again and again, and takes no answer', () => {
    const { here, there, link } = joined();
    link[0].room = 0;
    const peer = there.stream.io as OpenSslIo;
    let answered = 0;
    const stopped = (): boolean => {
      peer.updateKeys(true);
      there.send('x');
      answered++;
      return here.stream.io.recv(NO_WAIT) === TIMED_OUT;
    };
    // An answer has some 27 bytes, and 64 KiB of them are held at most.
    while (!stopped()) assert.ok(answered < 5000);
    link[0].room = Number.POSITIVE_INFINITY;
    assert.equal(String(here.receive(1)), 'x'); // and it goes on
    here.close();
    there.close();
  });
});

describe('sessions', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    it(`are new with every connection of ${version}, so that none is offered twice`, () => {
      const options = { minVersion: version, maxVersion: version };
      const [ours, theirs] = [clientContext(options), serverContext(options)];
      const seen = new Set<string>();
      let session: Uint8Array | undefined;
      for (let i = 0; i < 5; i++) {
        const how = side('client', { context: ours, session });
        const ends = handshaken(
          pair().map(({ stream: { io } }) => io) as never,
          how,
          side('server', { context: theirs }),
        );
        assert.equal(ends.clientFailure, undefined);
        assert.equal(ends.client.facts().resumed, i > 0, `connection ${i}`);
        ends.server.send(Buffer.from('x'), NO_WAIT);
        ends.client.recv(NO_WAIT);
        session = ends.client.session() as Uint8Array;
        if (version === 'TLSv1.3') assert.ok(!seen.has(Buffer.from(session).toString('hex')));
        seen.add(Buffer.from(session).toString('hex'));
        ends.client.close();
        ends.server.close();
      }
    });
  }

  it('do not stand for another name, nor for a certificate that was never good', () => {
    const open = (how: Parameters<typeof side>[1]) => {
      const ends = handshaken(LinkEnd.pair(), side('client', how), side('server', { context: server }));
      ends.server.send(Buffer.from('x'), NO_WAIT);
      if (ends.clientFailure === undefined) ends.client.recv(NO_WAIT);
      return ends;
    };
    const first = open({ context: client });
    const other = open({ context: client, servername: 'other.test', session: first.client.session() });
    assert.equal(other.clientFailure?.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
    const careless = open({ context: clientContext({ ca: pem('other.pem'), verify: false }) });
    const careful = open({ context: clientContext({ ca: pem('other.pem') }), session: careless.client.session() });
    assert.equal(careful.clientFailure?.words?.reason, 'certificate verify failed');
  });
});

describe('names that clients ask for', () => {
  const second = serverContext({ alpn: ['c'] }, 'second');
  const plain = serverContext({}, 'second');
  const main = serverContext({ alpn: ['c', 'b'] });
  const open = (servername: string, sni: ReadonlyMap<string, typeof second>, how = {}) =>
    handshaken(
      LinkEnd.pair(),
      side('client', { context: clientContext({ alpn: ['b', 'c'] }), servername, ...how }),
      side('server', { context: main, sni }),
    );

  it('lead to their certificates, and each has its protocols', () => {
    const ends = open('second.test', new Map([['second.test', second]]));
    assert.deepEqual([ends.clientFailure, ends.serverFailure], [undefined, undefined]);
    assert.deepEqual([ends.client.facts().alpn, ends.server.facts().alpn], ['c', 'c']);
    assert.equal(ends.client.peerChain()[0]?.subject, 'CN=second.test');
    assert.equal(ends.server.facts().servername, 'second.test');
  });

  it('have those of the server where they have none', () => {
    assert.equal(open('second.test', new Map([['second.test', plain]])).client.facts().alpn, 'c');
    assert.equal(open('localhost', new Map([['second.test', plain]])).client.facts().alpn, 'c');
  });

  it('match by one label of a wildcard', () => {
    const sni = new Map([['*.wild.test', second]]);
    for (const [name, code] of [
      ['a.wild.test', 'ERR_TLS_CERT_ALTNAME_INVALID'], // the second certificate, which is not for it
      ['a.b.wild.test', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ] as const)
      assert.equal(open(name, sni).clientFailure?.code, code);
    assert.equal(open('a.wild.test', new Map([['*.other.test', second]])).clientFailure, undefined);
  });

  it('are not opened by a session of another one, where clients have to show a certificate', () => {
    const careful = serverContext({ requestCert: true, ca: pem('root.pem') }, 'second');
    const sni = new Map([['second.test', careful]]);
    const free = open('localhost', sni);
    free.server.send(Buffer.from('x'), NO_WAIT);
    free.client.recv(NO_WAIT);
    const ends = open('second.test', sni, { session: free.client.session() });
    assert.equal(ends.serverFailure?.words?.reason, 'peer did not return a certificate');
  });
});
