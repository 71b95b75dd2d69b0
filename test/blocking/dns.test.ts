/** The blocking lookups: the await face's answers, in time, and with nothing left to go wrong after a timeout. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { Worker } from 'node:worker_threads';
import * as awaiting from '../../src/async/dns.ts';
import type { Address, Family } from '../../src/core/address.ts';
import { Failure, type Outcome, TIMED_OUT } from '../../src/core/errors.ts';
import { type Deadline, deadlineAfter, NO_DEADLINE } from '../../src/core/timeout.ts';
import { dnsEngine } from '../../src/posix/dns.ts';
import { Child } from '../peers/tools.ts';
import { apart, assertTook, duration, fault, type Scope } from '../reliability/harness.ts';
import { ownNames } from '../reliability/names.ts';

const FAMILIES = [undefined, 'inet', 'inet6'] as const;
const FOUND: readonly Address[] = [{ address: '10.1.2.3', family: 'inet' }];
const LOOPBACK: Address = { address: '127.0.0.1', family: 'inet' };
const ENGINE = JSON.stringify(new URL('../../src/posix/dns.js', import.meta.url).href);
const TIMEOUT = JSON.stringify(new URL('../../src/core/timeout.js', import.meta.url).href);
const SERVER = JSON.stringify(new URL('../reliability/dns-server.js', import.meta.url).href);

/** The system's resolver waits for half a minute, and asks twice: whoever waits for it is late. */
const SLOW = ownNames('127.0.0.1 file.test', 'nameserver 127.0.0.1\noptions timeout:30 attempts:2');
const QUICK = ownNames('127.0.0.1 file.test', 'nameserver 127.0.0.1\noptions timeout:5 attempts:1');

function within(seconds: number): Deadline {
  return deadlineAfter('test', seconds);
}

function resolve(host: string, deadline: Deadline, family?: Family): Outcome<readonly Address[]> {
  return dnsEngine.resolve(host, family, deadline) as Outcome<readonly Address[]>;
}

/** What can be compared of an outcome: the two faces' failures have different causes. */
function shown<T>(outcome: Outcome<T>): T | string {
  return outcome instanceof Failure ? outcome.code : outcome;
}

/** Asserts that both faces say the same of a host, whether C's threads are asked or not. */
async function sameAddresses(host: string): Promise<void> {
  for (const family of FAMILIES) {
    const expected = shown(await awaiting.resolve(host, family, NO_DEADLINE));
    assert.deepEqual(shown(resolve(host, NO_DEADLINE, family)), expected, `${host} ${family}`);
    assert.deepEqual(shown(resolve(host, within(30), family)), expected, `${host} ${family}, in time`);
  }
}

async function sameNames(address: Address, port: number): Promise<void> {
  const expected = shown(await awaiting.nameinfo(address, port, NO_DEADLINE));
  for (const deadline of [NO_DEADLINE, within(30)]) {
    const found = (await dnsEngine.nameinfo(address, port, deadline)) as Outcome<unknown>;
    assert.deepEqual(shown(found), expected, `${address.address} ${port}`);
  }
}

/**
 * A DNS server, in a process of its own since ours does not turn while it waits. It says what it is asked, and answers
 * `late300.test` after 300 ms, `silent.test` not before somebody asks for `enough.test`.
 */
async function startServer(scope: Scope): Promise<Child> {
  const source = `import(${SERVER}).then(async ({ serveDns, reply, address, A }) => {
    const held = [];
    await serveDns({ defer() {} }, (question, send) => {
      console.log('asked', question.name);
      const rcode = { fail: 2, nx: 3, 'xn--bcher-nx': 3 }[question.name.split('.')[0]];
      const none = rcode || question.name.startsWith('nodata') || question.name.endsWith('.arpa') || question.type !== A;
      const message = reply(question, none ? [] : [address('10.1.2.3')], { rcode: rcode ?? 0 });
      if (question.name.startsWith('silent')) return held.push(() => send(message));
      if (question.name === 'enough.test') for (const answer of held.splice(0)) answer();
      setTimeout(() => send(message), Number(/^late(\\d+)/.exec(question.name)?.[1] ?? 0));
    });
    console.log('serving');
  })`;
  const server = new Child(scope, process.execPath, ['-e', source]);
  await server.said(/serving/);
  return server;
}

/** A program for a process or a worker of its own, which has `resolve`, `within` and `NO_DEADLINE`. */
function program(body: string): string {
  return `Promise.all([import(${ENGINE}), import(${TIMEOUT})]).then(([{ resolve }, { deadlineAfter, NO_DEADLINE }]) => {
    const within = (seconds) => deadlineAfter('test', seconds);
    ${body}
  })`;
}

function startWorker(scope: Scope, body: string): Worker {
  const worker = new Worker(program(body), { eval: true });
  scope.defer(() => worker.terminate());
  return worker;
}

fault('hosts of this machine: the answers of the await face', {}, async () => {
  for (const host of ['localhost', 'LOCALHOST', hostname()]) await sameAddresses(host);
  const found = resolve('localhost', NO_DEADLINE, 'inet') as readonly Address[];
  assert.deepEqual(found[0], LOOPBACK);
});

fault('a literal is its own address, at once, and of its own family', {}, async () => {
  for (const host of ['127.0.0.1', '255.255.255.255', '::1', '::1%lo', 'fe80::1%lo', '::ffff:127.0.0.1']) {
    await sameAddresses(host);
    const family = host.includes(':') ? 'inet6' : 'inet';
    assert.deepEqual(resolve(host, within(0)), [{ address: host, family }]);
    assert.equal(shown(resolve(host, within(0), family === 'inet' ? 'inet6' : 'inet')), 'EAI_ADDRFAMILY');
  }
});

fault('hosts that nobody knows, and names that cannot be encoded', { seconds: 60 }, async () => {
  for (const host of ['no-such-host.invalid', 'a..b', `${'x'.repeat(64)}.test`, '\u00ad', '\ud800.test', 'xn--a..']) {
    await sameAddresses(host);
  }
});

fault('names of addresses and ports', {}, async () => {
  for (const port of [0, 25, 53, 80, 443, 47_817, 65_535]) await sameNames(LOOPBACK, port);
  await sameNames({ address: '::1', family: 'inet6' }, 80);
  await sameNames({ address: '::1%lo', family: 'inet6' }, 80);
});

fault('no wait: a timeout of zero', {}, async () => {
  assert.equal(resolve('localhost', within(0)), TIMED_OUT);
  assert.equal(await dnsEngine.nameinfo(LOOPBACK, 80, within(0)), TIMED_OUT);
});

fault('memory is given back while the event loop stands still', {}, async () => {
  const lookUpOften = (times: number): number => {
    for (let i = 0; i < times; i++) resolve('localhost', i % 10 === 0 ? within(10) : NO_DEADLINE);
    globalThis.gc?.();
    return process.memoryUsage.rss();
  };
  const before = lookUpOften(5000);
  const growth = lookUpOften(30_000) - before;
  assert.ok(growth < 8_000_000, `${growth} bytes`);
});

fault('the name of this machine', {}, async () => {
  assert.equal(dnsEngine.hostname(), hostname());
});

apart('what a DNS server says: the answers of the await face', { network: QUICK }, async (scope) => {
  await startServer(scope);
  for (const host of ['some.test', 'file.test', 'nx.test', 'nodata.test', 'fail.test', 'b\u00fccher-nx.test']) {
    await sameAddresses(host);
  }
  assert.deepEqual(resolve('B\u00fccher.test', within(10)), FOUND);
  assert.equal(shown(resolve('nx.test', NO_DEADLINE)), 'ENOTFOUND');
  await sameNames({ address: '192.0.2.1', family: 'inet' }, 80);
  await sameNames({ address: 'fe80::1%nosuch', family: 'inet6' }, 80);
  const nameless = await dnsEngine.nameinfo({ address: '192.0.2.1', family: 'inet' }, 80, within(10));
  assert.equal(shown(nameless), 'ENOTFOUND');
});

apart('a server that is not there', { network: QUICK }, async () => {
  await sameAddresses('any.test');
  assert.equal(shown(resolve('any.test', within(10))), 'EAI_AGAIN');
});

apart('a silent server: each lookup ends in its time', { network: SLOW }, async (scope) => {
  await startServer(scope);
  for (const host of ['silent1.test', 'silent2.test']) {
    const took = await duration(async () => assert.equal(resolve(host, within(0.5)), TIMED_OUT));
    assertTook(took, 0.5);
  }
  assert.deepEqual(resolve('file.test', within(5)), [LOOPBACK]);
  assert.deepEqual(resolve('some.test', within(5)), FOUND);
  // More than C has threads: some are taken back before they begin.
  for (let i = 0; i < 25; i++) assert.equal(resolve(`silent.x${i}.test`, within(0.01)), TIMED_OUT);
  assert.deepEqual(resolve('some.test', NO_DEADLINE), FOUND);
  assert.deepEqual(resolve('enough.test', NO_DEADLINE), FOUND);
  assert.deepEqual(resolve('some.test', within(10)), FOUND);
});

apart('a silent server: a process that gave up waiting ends at once', { network: SLOW }, async (scope) => {
  await startServer(scope);
  const body = `console.log(...['silent1.test', 'silent2.test'].map((host) => resolve(host, undefined, within(0.5)).code))`;
  const child = new Child(scope, process.execPath, ['-e', program(body)]);
  await child.said(/ETIMEDOUT ETIMEDOUT/);
  const took = await duration(async () => assert.deepEqual(await child.ended, { code: 0, signal: null }, child.stderr));
  assertTook(took, 0, 2);
});

apart('answers that come after the timeout, and together with it', { network: QUICK }, async (scope) => {
  await startServer(scope);
  for (let i = 0; i < 3; i++) {
    assert.equal(resolve(`late300.x${i}.test`, within(0.1)), TIMED_OUT);
    assert.deepEqual(resolve(`late400.x${i}.test`, within(10)), FOUND);
    assert.deepEqual(resolve('some.test', within(10)), FOUND);
  }
  for (let i = 0; i < 100; i++) {
    const outcome = resolve(`late10.x${i}.test`, within(0.009 + i / 20_000));
    if (outcome !== TIMED_OUT) assert.deepEqual(outcome, FOUND);
  }
  assert.deepEqual(resolve('some.test', within(10)), FOUND);
});

apart('a worker that looks up can be terminated, timeout or none', { network: SLOW }, async (scope) => {
  const server = await startServer(scope);
  for (const deadline of ['within(60)', 'NO_DEADLINE']) {
    const host = `silent.${deadline.length}.test`;
    const worker = startWorker(scope, `resolve('${host}', undefined, ${deadline})`);
    await server.said(new RegExp(`asked ${host}`));
    assertTook(await duration(() => worker.terminate()), 0, 2);
  }
  assert.deepEqual(resolve('enough.test', within(10)), FOUND);
});

apart('an answer that comes after the worker that asked has ended', { network: SLOW }, async (scope) => {
  await startServer(scope);
  const worker = startWorker(
    scope,
    "process.exit(resolve('late500.test', undefined, within(0.1)).code === 'ETIMEDOUT' ? 3 : 4)",
  );
  assert.deepEqual(await once(worker, 'exit'), [3]);
  globalThis.gc?.();
  assert.deepEqual(resolve('late600.test', within(10)), FOUND);
});
