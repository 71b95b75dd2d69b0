/** Sessions of a pool that have no mail for a while: they are left, and asked for again, on a clock that the test sets. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { protocolEngine } from '../../../src/async/protocol-engine.ts';
import { awaitRunner } from '../../../src/async/runner.ts';
import { Stream } from '../../../src/core/stream.ts';
import { planOf } from '../../../src/protocol/smtp/options.ts';
import { SmtpPool } from '../../../src/protocol/smtp/pool.ts';
import { poolLimits } from '../../../src/protocol/smtp/pool-options.ts';
import { Client } from '../../../src/sockets/client.ts';
import { setClock } from '../../core/test-clock.ts';
import { CLOSE, MailServer, type Rules } from './mail-server.ts';

const MAIL = { envelope: { from: 'a@x.org', to: ['b@x.org'] }, content: 'text' };

describe('a pool without mails', () => {
  it('leaves a session after 30 seconds, and opens another one for the next mail', async (t) => {
    let now = 1000;
    t.after(setClock(() => now));
    const { pool, servers, due } = pooled([{}]);
    await pool.send(MAIL);
    now += 29_000;
    due[0]?.();
    assert.deepEqual([servers[0]?.lines.at(-1), pool.sessions], ['DATA', 1]);
    now += 1000;
    due[1]?.();
    assert.deepEqual([servers[0]?.lines.at(-1), servers[0]?.closed, pool.sessions, due.length], ['QUIT', true, 0, 2]);
    await pool.send(MAIL);
    assert.equal(servers.length, 2);
    await pool.close();
  });

  it('asks for more sessions a minute after its server took no more', async (t) => {
    let now = 1000;
    t.after(setClock(() => now));
    const { pool, servers } = pooled([{}, { '': `421 4.7.0 too many${CLOSE}` }, {}]);
    const two = () => Promise.all([pool.send(MAIL), pool.send(MAIL)]);
    await two();
    await two();
    assert.equal(servers.length, 2);
    now += 60_000;
    await two();
    assert.equal(servers.length, 3);
    await pool.close();
  });
});

/** A pool of two sessions, with servers by these rules, and the calls that were to be made later. */
function pooled(rules: readonly Rules[]) {
  const servers: MailServer[] = [];
  const due: (() => void)[] = [];
  const create = () => {
    const server = new MailServer(rules[Math.min(servers.length, rules.length - 1)]);
    servers.push(server);
    return new Client<'await'>(new Stream(server), awaitRunner);
  };
  const plan = () => planOf('smtp', 'smtp://mail.example', { create });
  const engine = { ...protocolEngine, later: (_: number, call: () => void) => void due.push(call) };
  return { pool: new SmtpPool(awaitRunner, engine, plan, poolLimits({ sessions: 2 })), servers, due };
}
