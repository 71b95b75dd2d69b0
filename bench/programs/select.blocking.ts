// `select` of moonsocket's blocking face over 5,000 connections that are silent, in turn with a bare poll(2) over the same descriptors,
// whose array of `struct pollfd` is ready beforehand: what the list of sockets costs, and the list that comes out of it.

import koffi from 'koffi';
import { connect, select } from '../../src/entry/blocking.ts';
import { expect, HOST, peerPort, report, timed, units } from './measure.ts';

const SOCKETS = 5_000;
/** Calls in a row, before it is the other's turn. */
const TURN = 50;
const POLLIN = 1;

const clients = Array.from({ length: SOCKETS }, () => connect(HOST, peerPort));
// int fd; short events; short revents: the latter two share a number, and poll writes the upper half of it only.
const fds = new Int32Array(clients.flatMap((client) => [client.getfd(), POLLIN]));
const poll = koffi.load(null).func('int poll(void *, unsigned long, int)');

function selects(calls: number): void {
  let ready = 0;
  for (let i = 0; i < calls; i++) ready += select(clients, null, 0).readable.length;
  expect('readable sockets', ready, 0);
}

function polls(calls: number): void {
  let ready = 0;
  for (let i = 0; i < calls; i++) ready += poll(fds, SOCKETS, 0);
  expect('descriptors with news', ready, 0);
}

/** One of all has something to say: a select that looks at nothing would be the fastest. */
function findsTheOne(): void {
  const one = clients[SOCKETS / 2] as (typeof clients)[number];
  one.send('echo\nhello\n');
  const { readable } = select(clients, null, 10);
  expect('sockets that have been sent something', readable.length === 1 && readable[0] === one, true);
  expect('line', one.receive(), 'hello');
}

findsTheOne();
for (let i = 0; i < units / 10; i += TURN) {
  selects(TURN);
  polls(TURN);
}
const a = { units, cpuSeconds: 0, wallSeconds: 0 };
const b = { units, cpuSeconds: 0, wallSeconds: 0 };
for (let i = 0; i < units; i += TURN) {
  for (const [total, section] of [[a, selects] as const, [b, polls] as const]) {
    const { cpuSeconds, wallSeconds } = await timed(() => section(TURN));
    total.cpuSeconds += cpuSeconds;
    total.wallSeconds += wallSeconds;
  }
}
report({ a, b });
