/** Lookups by the system's resolver, of a server that is silent, wrong, malformed or long-winded: what a caller sees of it. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { connect, dns, SocketError, TimeoutError, tcp } from '../../src/entry/index.ts';
import { A, AAAA, address, CNAME, name, PTR, type Record, reply, serveDns, uint16, type Zone } from './dns-server.ts';
import { apart, assertTook, duration, fails } from './harness.ts';
import { ownNames } from './names.ts';
import { rawServer } from './raw.ts';

const HOSTS = '127.0.0.1 file.test\n127.0.0.1 xn--bcher-kva.test\n127.0.0.1 under_score.test';
/** The resolver gives up after a second, and does not ask again. */
const RULES = {
  network: ownNames(HOSTS, 'nameserver 127.0.0.1\noptions timeout:1 attempts:1'),
  // glibc's lookups take a thread each; libuv gives them half of its own.
  through: ['env', 'UV_THREADPOOL_SIZE=32'],
  lookupsMayStay: true,
  seconds: 30,
} as const;

apart(
  '62: a silent server: every lookup ends in its own time, and nothing else waits',
  { ...RULES, through: [] },
  async (scope) => {
    await serveDns(scope, () => {});
    const { port } = await rawServer(scope);
    const took = await duration(async () => {
      const error = await fails(dns.getaddrinfo('silent.test', { timeout: 0.3 }), 'ETIMEDOUT', { reason: 'timeout' });
      assert.ok(error instanceof TimeoutError);
    });
    assertTook(took, 0.3);
    // More of them than libuv has threads, and meanwhile files are read and addresses reached.
    const lookups = Array.from({ length: 8 }, (_, i) =>
      fails(connect(`silent${i}.test`, port, { timeout: 0.5 }), 'ETIMEDOUT'),
    );
    const master = tcp();
    master.settimeout(0.5, 't');
    lookups.push(fails(master.connect('silent.test', port), 'ETIMEDOUT'));
    assertTook(
      await duration(async () => {
        await readFile('/proc/self/status');
        (await connect('127.0.0.1', port, { timeout: 5 })).close();
        (await connect('sub.localhost', port, { timeout: 5 })).close();
      }),
      0,
      0.4,
    );
    assertTook(await duration(() => Promise.all(lookups)), 0, 1.5);
    const abort = new AbortController();
    const aborted = fails(dns.toip('silent.test', { signal: abort.signal }), 'ABORT_ERR');
    abort.abort();
    await aborted;
  },
);

apart('62: a server that is not there', RULES, async () => {
  const error = await fails(dns.toip('any.test', { timeout: 10 }), 'EAI_AGAIN');
  assert.equal(error.reason, 'temporary failure in name resolution');
});

apart('63: no such name, no address, a failing server, a refusing one', RULES, async (scope) => {
  await serveDns(scope, (question, send) => {
    const rcode = { 'nx.test': 3, 'fail.test': 2, 'refuse.test': 5, 'notimp.test': 4 }[question.name];
    send(reply(question, [], { rcode: rcode ?? 0 }));
  });
  for (const host of ['nx.test', 'nodata.test']) {
    const error = await fails(dns.getaddrinfo(host, { timeout: 10 }), 'ENOTFOUND', { reason: 'host not found' });
    assert.ok(error.message.includes(host));
    await fails(connect(host, 80, { timeout: 10 }), 'ENOTFOUND');
  }
  for (const host of ['fail.test', 'refuse.test', 'notimp.test']) {
    await fails(dns.getaddrinfo(host, { timeout: 10 }), 'EAI_AGAIN', {
      reason: 'temporary failure in name resolution',
    });
  }
});

const MANY = Array.from({ length: 95 }, (_, i) => address(`10.1.2.${i + 1}`));

apart('64: a truncated reply is asked for again over TCP: all 95 addresses', RULES, async (scope) => {
  await serveDns(scope, (question, send) => {
    const records = question.type === A ? MANY : [];
    send(question.overTcp ? reply(question, records) : reply(question, records.slice(0, 20), { truncated: true }));
  });
  const found = await dns.getaddrinfo('many.test', { timeout: 10 });
  assert.deepEqual(new Set(found.map(({ addr }) => addr)), new Set(MANY.map(({ data }) => data.join('.'))));
  assert.equal((await dns.toip('many.test', { timeout: 10 }))[1].ip.length, 95);
});

apart('64: a truncated reply, and TCP is refused: typed', RULES, async (scope) => {
  await serveDns(scope, (question, send) => send(reply(question, [], { truncated: true })), { tcp: false });
  await fails(dns.getaddrinfo('many.test', { timeout: 10 }), 'EAI_AGAIN');
});

apart('65: aliases: in a circle, 20 of them, to nowhere', RULES, async (scope) => {
  const alias = (from: string, to: string): Record => ({ name: name(from), type: CNAME, data: name(to) });
  const chain = Array.from({ length: 20 }, (_, i) => alias(i === 0 ? 'chain.test' : `c${i}.test`, `c${i + 1}.test`));
  const replies: { [name: string]: Record[] } = {
    'circle.test': [alias('circle.test', 'round.test'), alias('round.test', 'circle.test')],
    'chain.test': [...chain, { ...address('10.1.2.3'), name: name('c20.test') }],
    'nowhere.test': [alias('nowhere.test', 'gone.example')],
    'across.test': [alias('across.test', 'there.example'), { ...address('10.1.2.4'), name: name('there.example') }],
  };
  await serveDns(scope, (question, send) => {
    const records = replies[question.name] ?? [];
    send(
      reply(
        question,
        records.filter(({ type }) => type === CNAME || type === question.type),
      ),
    );
  });
  await fails(dns.getaddrinfo('circle.test', { timeout: 10 }), 'ENOTFOUND');
  await fails(dns.getaddrinfo('nowhere.test', { timeout: 10 }), 'ENOTFOUND');
  assert.equal((await dns.toip('across.test', { timeout: 10 }))[0], '10.1.2.4');
  const twenty = await dns.toip('chain.test', { timeout: 10 }).catch((error: unknown) => error);
  // Older resolvers follow fewer.
  if (Array.isArray(twenty)) assert.equal(twenty[0], '10.1.2.3');
  else assert.equal((twenty as SocketError).code, 'ENOTFOUND');
});

apart('66: replies to others and from others are no replies', RULES, async (scope) => {
  const wrong = address('10.6.6.6');
  let sentLate = (): void => {};
  const late = new Promise<void>((resolve) => {
    sentLate = resolve;
  });
  await serveDns(scope, (question, send) => {
    if (question.type !== A) return send(reply(question, []));
    const elsewhere = Buffer.concat([name('other.test'), uint16(A), uint16(1)]);
    send(reply(question, [wrong], { id: question.id ^ 1 }));
    send(reply(question, [{ ...wrong, name: name('other.test') }], { question: elsewhere }));
    const later = (): void => {
      send(reply(question, [wrong]));
      sentLate();
    };
    if (question.name === 'late.test') setTimeout(later, 600);
    else setTimeout(() => send(reply(question, [address('10.1.2.3')])), 50);
  });
  assert.equal((await dns.toip('right.test', { timeout: 10 }))[0], '10.1.2.3');
  await fails(dns.toip('late.test', { timeout: 0.3 }), 'ETIMEDOUT');
  await late;
  assert.equal((await dns.toip('right.test', { timeout: 10 }))[0], '10.1.2.3');
});

apart('67: malformed replies: typed, in time, and the next lookup is right', RULES, async (scope) => {
  const pointer = (to: number): Buffer => Buffer.from([0xc0 | (to >> 8), to & 255]);
  const good = address('10.1.2.3');
  const malformed: { [name: string]: (question: Parameters<Zone>[0]) => Buffer } = {
    empty: () => Buffer.alloc(0),
    short: (question) => reply(question, [good]).subarray(0, 11),
    cut: (question) => reply(question, [good]).subarray(0, -2),
    loop: (question) => reply(question, [{ ...good, name: pointer(12 + question.bytes.length) }]),
    beyond: (question) => reply(question, [{ ...good, name: pointer(0x3ffe) }]),
    label: (question) =>
      reply(question, [{ ...good, name: Buffer.concat([Buffer.from([64]), Buffer.alloc(64, 97), Buffer.from([0])]) }]),
    long: (question) =>
      reply(question, [{ ...good, name: name(Array.from({ length: 6 }, () => 'x'.repeat(60)).join('.')) }]),
    overrun: (question) =>
      Buffer.concat([reply(question, [good]).subarray(0, -6), uint16(9999), Buffer.from([1, 2, 3, 4])]),
    counts: (question) => reply(question, [good], { answers: 65_535 }),
    five: (question) => reply(question, [{ type: A, data: Buffer.from([1, 2, 3, 4, 5]) }]),
    noise: (question) => Buffer.concat([uint16(question.id), Buffer.alloc(400, 0xc0)]),
  };
  await serveDns(scope, (question, send) => {
    const make = malformed[question.name.split('.')[0] as string];
    send(make === undefined ? reply(question, question.type === A ? [good] : []) : make(question));
  });
  await Promise.all(
    Object.keys(malformed).map(async (kind) => {
      const outcome = await dns.getaddrinfo(`${kind}.test`, { timeout: 8 }).catch((error: unknown) => error);
      if (!Array.isArray(outcome)) {
        assert.ok(outcome instanceof SocketError, String(outcome));
        assert.match(outcome.code, /^(EAI_\w+|ENOTFOUND)$/, kind);
      } else {
        assert.deepEqual(outcome, [{ family: 'inet', addr: '10.1.2.3' }], kind);
      }
    }),
  );
  assert.equal((await dns.toip('good.test', { timeout: 10 }))[0], '10.1.2.3');
});

apart('69: names of files, of this machine, in other scripts, and with odd signs', RULES, async (scope) => {
  const asked: string[] = [];
  await serveDns(scope, (question, send) => {
    asked.push(question.name);
    send(reply(question, question.type === A ? [address('10.1.2.3')] : []));
  });
  const { port } = await rawServer(scope);
  for (const host of [
    'file.test',
    'localhost',
    'localhost.',
    'a.localhost',
    'A.B.LOCALHOST.',
    'b\u00fccher.test',
    'B\u00dcCHER.test',
    'xn--bcher-kva.test',
    'under_score.test',
  ]) {
    const client = await connect(host, port, { timeout: 10 });
    assert.equal(client.getpeername().address, '127.0.0.1', host);
    client.close();
  }
  assert.deepEqual(
    asked.filter((name) => !name.endsWith('.test')),
    [],
    'these never go to a server (RFC 6761)',
  );
  assert.deepEqual(
    asked.filter((name) => name !== 'xn--bcher-kva.test'),
    [],
  );
  assert.equal((await dns.toip('dotted.test.', { timeout: 10 }))[0], '10.1.2.3');
  assert.deepEqual(await dns.getaddrinfo('::1%lo'), [{ family: 'inet6', addr: '::1%lo' }]);
  await fails(dns.toip('::1'), 'EAI_ADDRFAMILY');
  for (const host of ['*', '', 'a b', 'a\0b']) await fails(dns.getaddrinfo(host), 'ERR_INVALID_ARGUMENT');
});

apart('69: names of addresses: one, none, and one that is no text', RULES, async (scope) => {
  const names: { [name: string]: Record } = {
    '1.2.0.192.in-addr.arpa': { type: PTR, data: name('one.example') },
    '3.2.0.192.in-addr.arpa': { type: PTR, data: name('b\xff\xfed.example') },
  };
  await serveDns(scope, (question, send) => {
    const record = names[question.name];
    send(
      record === undefined ? reply(question, [], { rcode: question.type === AAAA ? 0 : 3 }) : reply(question, [record]),
    );
  });
  assert.equal((await dns.tohostname('192.0.2.1', { timeout: 10 }))[0], 'one.example');
  await fails(dns.tohostname('192.0.2.2', { timeout: 10 }), 'ENOTFOUND', { reason: 'host not found' });
  assert.deepEqual((await dns.getnameinfo('192.0.2.2', undefined, { timeout: 10 }))[0], ['192.0.2.2']);
  const odd = await dns.tohostname('192.0.2.3', { timeout: 10 }).catch((error: unknown) => error);
  assert.ok(odd instanceof SocketError || (Array.isArray(odd) && typeof odd[0] === 'string'), String(odd));
});
