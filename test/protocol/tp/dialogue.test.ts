/** Dialogues over a scripted connection: what is sent and expected, and what every way to end says. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { awaitRunner } from '../../../src/async/runner.ts';
import { ENDED, Failure, TIMED_OUT } from '../../../src/core/errors.ts';
import { runAsync } from '../../../src/core/flow.ts';
import { Stream } from '../../../src/core/stream.ts';
import type { DialogueLog } from '../../../src/protocol/connect/log.ts';
import { DialogueClock } from '../../../src/protocol/tp/clock.ts';
import { Dialogue } from '../../../src/protocol/tp/dialogue.ts';
import { commandLine } from '../../../src/protocol/tp/line.ts';
import { tlsChoice } from '../../../src/protocol/tp/tls-mode.ts';
import { Client } from '../../../src/sockets/client.ts';
import { ScriptedIo, type Step, type Take } from '../../core/scripted-io.ts';

const NOOP = commandLine('NOOP');

function dialogue(steps: readonly Step[], log?: DialogueLog, takes: readonly Take[] = []) {
  const io = new ScriptedIo(steps, takes);
  const clock = new DialogueClock('test', undefined, { reply: 30 });
  const client = new Client<'await'>(new Stream(io), awaitRunner);
  const talk = new Dialogue(client, { name: 'test example:21', refusal: 'ERR_FTP_REPLY', clock, log });
  return { talk, io, sent: () => Buffer.concat(io.written).toString('latin1') };
}

describe('a dialogue', () => {
  it('goes on by what is expected, and says no secrets to its log', async () => {
    const lines: string[] = [];
    const { talk, sent } = dialogue(['220 hello\r\n', '331 and?\r\n', '230-in\r\n230 now\r\n'], (way, line) =>
      lines.push(`${way} ${line}`),
    );
    await runAsync(talk.greeted('2..'));
    await runAsync(talk.command(commandLine('USER', 'me'), ['2..', '331']));
    const reply = await runAsync(talk.command(commandLine('PASS', 'secret', { secret: true }), '230'));
    assert.equal(reply.text, 'in\nnow');
    assert.equal(sent(), 'USER me\r\nPASS secret\r\n');
    assert.deepEqual(lines, ['< 220 hello', '> USER me', '< 331 and?', '> PASS ****', '< 230 in', '< 230 now']);
  });

  it('a no is an error with the command and the reply, after which it goes on', async () => {
    const { talk } = dialogue(['550-No\r\n550 such \x1b[31mfile\r\n', '200 ok\r\n']);
    await assert.rejects(runAsync(talk.command(commandLine('RETR', 'x'), '1..')), {
      name: 'ReplyError',
      code: 'ERR_FTP_REPLY',
      message: 'test example:21: 550 No / such ?[31mfile to RETR x (ERR_FTP_REPLY)',
      command: 'RETR x',
      reply: { code: 550, text: 'No\nsuch \x1b[31mfile' },
      permanent: true,
    });
    assert.equal((await runAsync(talk.command(NOOP, '2..'))).code, 200);
  });

  it('a preliminary reply leaves its command without its reply', async () => {
    const { talk } = dialogue(['150 here it comes\r\n', '426 broken\r\n', '200 ok\r\n']);
    await runAsync(talk.command(commandLine('RETR', 'x'), '1..'));
    await assert.rejects(runAsync(talk.reply('2..')), { command: 'RETR x', permanent: false });
    await runAsync(talk.command(NOOP, '2..'));
  });

  it('several commands go in one write, and each has its reply', async () => {
    const { talk, io } = dialogue(['250 a\r\n550 b\r\n', '354 c\r\n']);
    await runAsync(talk.send([commandLine('MAIL'), commandLine('RCPT'), commandLine('DATA')]));
    assert.equal(io.written.length, 1);
    await runAsync(talk.reply('250'));
    await assert.rejects(runAsync(talk.reply('250')), { command: 'RCPT' });
    assert.equal((await runAsync(talk.reply('354'))).text, 'c');
  });

  it('a reply before its command is not its reply', async () => {
    const { talk, sent } = dialogue(['200 a\r\n226 surplus\r\n']);
    await runAsync(talk.command(NOOP, '2..'));
    await assert.rejects(runAsync(talk.command(NOOP, '2..')), { code: 'ERR_UNASKED', message: /226 surplus/ });
    assert.equal(sent(), 'NOOP\r\n');
  });

  it('a server that goes (421) says why, though nothing was asked', async () => {
    const { talk } = dialogue(['200 a\r\n421 Timeout\r\n']);
    await runAsync(talk.command(NOOP, '2..'));
    await assert.rejects(runAsync(talk.command(NOOP, '2..')), {
      code: 'ERR_FTP_REPLY',
      message: /421 Timeout to NOOP/,
    });
  });

  const ends: [title: string, steps: Step[], expected: object][] = [
    ['an end', ['200 a\r\n', '2', ENDED], { name: 'ClosedError', code: 'ERR_CLOSED', command: 'NOOP', reply: { code: 200, text: 'a' }, message: /closed while waiting for the reply to NOOP; the last reply was 200 a/ }], // biome-ignore format: a table
    ['a reset', ['200 a\r\n', new Failure('ECONNRESET')], { name: 'ClosedError', code: 'ECONNRESET', command: 'NOOP' }],
    ['silence', ['200 a\r\n', TIMED_OUT], { name: 'TimeoutError', code: 'ETIMEDOUT', message: /timeout while waiting for the reply to NOOP: timeouts.reply is 30 s; the last reply/ }], // biome-ignore format: a table
    ['no reply', ['200 a\r\n', 'what?\r\n'], { name: 'ProtocolError', code: 'ERR_REPLY', message: /^test example:21: no reply begins with "what\?"/ }], // biome-ignore format: a table
  ];
  for (const [title, steps, expected] of ends) {
    it(`${title} is told with the command and the last reply`, async () => {
      const { talk } = dialogue(steps);
      await runAsync(talk.command(commandLine('TYPE', 'I'), '2..'));
      await assert.rejects(runAsync(talk.command(NOOP, '2..')), expected);
    });
  }

  it('a server that waits for TLS is guessed, and one that answers in TLS is named', async () => {
    const silent = dialogue([TIMED_OUT]);
    await assert.rejects(runAsync(silent.talk.greeted('2..')), { message: /for the greeting: .*mode implicit/ });
    const alert = dialogue(['\x15\x03\x03\0\x02\x02', ENDED]);
    await assert.rejects(runAsync(alert.talk.greeted('2..')), {
      code: 'ERR_TLS_WRONG_PROTOCOL',
      message: /mode implicit/,
    });
  });

  it('a send that fails is told in the same way', async () => {
    const { talk } = dialogue(['200 a\r\n'], undefined, [100, new Failure('EPIPE')]);
    await runAsync(talk.command(NOOP, '2..'));
    await assert.rejects(runAsync(talk.command(NOOP, '2..')), { name: 'ClosedError', code: 'EPIPE', command: 'NOOP' });
  });
});

describe('clocks of a dialogue', () => {
  it('a reply is bounded as a whole, and its clock rests afterwards', async () => {
    const { talk, io } = dialogue(['200 a\r\n']);
    await runAsync(talk.command(NOOP, '2..'));
    const left = io.deadlines.map((deadline) => deadline.remaining());
    assert.ok(
      left.every((milliseconds) => milliseconds > 0 && milliseconds <= 30_000),
      String(left),
    );
    assert.equal(talk.client.stream.timeouts.begin().remaining(), Number.POSITIVE_INFINITY);
  });

  it('timeout is reply, idle and connect; total has no limit without a word', () => {
    assert.deepEqual(new DialogueClock('test', 5).limits, { connect: 5, reply: 5, idle: 5, total: null });
    assert.deepEqual(new DialogueClock('test', undefined).limits, { connect: 60, reply: 60, idle: 60, total: null });
    assert.deepEqual(new DialogueClock('test', null, { total: 9, idle: 1 }).limits, {
      connect: null,
      reply: null,
      idle: 1,
      total: 9,
    });
    for (const wrong of ['5', Number.NaN, {}] as never[]) {
      assert.throws(() => new DialogueClock('test', wrong), { code: 'ERR_INVALID_ARGUMENT' });
      assert.throws(() => new DialogueClock('test', 5, { idle: wrong }), {
        code: 'ERR_INVALID_ARGUMENT',
        message: /idle/,
      });
    }
  });

  it('total bounds replies, transfers and connecting of its call alone', () => {
    const clock = new DialogueClock('test', 60, { total: 10 });
    const stream = new Stream(new ScriptedIo());
    const over = clock.begin();
    const ended = clock.replying(stream);
    assert.ok(stream.timeouts.begin().remaining() <= 10_000);
    ended();
    const still = clock.transferring(stream);
    assert.deepEqual(stream.timeouts.get(), { block: 60, total: null });
    assert.ok(stream.timeouts.begin().remaining() <= 10_000);
    still();
    assert.deepEqual(stream.timeouts.get(), { block: null, total: null });
    assert.ok(clock.connecting(undefined).remaining() <= 10_000);
    over();
    assert.ok(clock.connecting(undefined).remaining() > 10_000);
  });
});

describe('the mode of TLS', () => {
  it('follows from the scheme, the option and the protocol', () => {
    const mode = (...args: [given: Parameters<typeof tlsChoice>[1], secure: boolean]) =>
      tlsChoice('test', ...args, 'auto').mode;
    assert.equal(mode(undefined, false), 'auto');
    assert.equal(mode(undefined, true), 'implicit');
    assert.equal(mode('never', false), 'never');
    assert.equal(mode({ ca: [] }, false), 'required');
    assert.equal(mode({ mode: 'auto', ca: [] }, false), 'auto');
    assert.equal(mode({ ca: [] }, true), 'implicit');
    assert.deepEqual(tlsChoice('test', { mode: 'auto', servername: 'x' }, false, 'never').options, { servername: 'x' });
  });

  it('refuses what contradicts itself, or is none', () => {
    for (const wrong of ['never', 'required', { mode: 'auto' }] as const)
      assert.throws(() => tlsChoice('test', wrong, true, 'auto'), { code: 'ERR_INVALID_ARGUMENT', message: /scheme/ });
    for (const wrong of ['yes', true, null, 7, { mode: 'on' }] as never[])
      assert.throws(() => tlsChoice('test', wrong, false, 'auto'), { code: 'ERR_INVALID_ARGUMENT' });
  });
});
