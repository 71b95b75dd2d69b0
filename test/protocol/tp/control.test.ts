/** LuaSocket's tp as both faces have it, over scripted connections. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { awaitRunner } from '../../../src/async/runner.ts';
import { blockingRunner } from '../../../src/blocking/runner.ts';
import { TIMED_OUT } from '../../../src/core/errors.ts';
import { Stream } from '../../../src/core/stream.ts';
import { pair } from '../../../src/entry/index.ts';
import { wrap } from '../../../src/entry/tls.ts';
import * as awaiting from '../../../src/entry/tp.ts';
import * as blocking from '../../../src/entry/tp-blocking.ts';
import { table } from '../../../src/ltn12/sources.ts';
import type { ControlOptions } from '../../../src/protocol/tp/control.ts';
import { Client } from '../../../src/sockets/client.ts';
import type { Face, Runner } from '../../../src/sockets/face.ts';
import { cut, ScriptedIo, type Step } from '../../core/scripted-io.ts';

/** What both faces have in common, seen with `await`. */
interface Faced {
  readonly name: string;
  connect(options: object, steps: readonly Step[]): Promise<{ control: awaiting.ControlConnection; io: ScriptedIo }>;
}

function faced<F extends Face>(
  name: F,
  connect: (host: string, port: number, options: ControlOptions<F>) => unknown,
  runner: Runner<F>,
): Faced {
  return {
    name,
    async connect(options, steps) {
      const io = new ScriptedIo(steps);
      const create = () => new Client<F>(new Stream(io), runner);
      const control = await connect('example.org', 119, { create, ...options });
      return { control: control as awaiting.ControlConnection, io };
    },
  };
}

const FACES = [faced('await', awaiting.connect, awaitRunner), faced('blocking', blocking.connect, blockingRunner)];

describe('tp, STARTTLS', () => {
  const psk = { sensor: Buffer.from('a key that both sides know') };

  async function talking(said: string) {
    const [here, there] = pair();
    const control = await awaiting.connect('example.org', 119, { create: () => here, tls: { psk } });
    await control.command('STARTTLS');
    assert.equal(await there.receive(), 'STARTTLS');
    await there.send(said);
    await control.check('382');
    return { control, there };
  }

  it('goes on through TLS', async () => {
    const { control, there } = await talking('382 go on\r\n');
    const [peer] = await Promise.all([wrap(there, { role: 'server', psk }), control.starttls()]);
    await peer.send('101 capabilities\r\n');
    assert.equal((await control.check('101')).text, 'capabilities');
    control.close();
    peer.close();
  });

  it('refuses what came before TLS', async () => {
    const { control, there } = await talking('382 go on\r\n101 injected\r\n');
    await assert.rejects(control.starttls(), { code: 'ERR_TLS_UNREAD', message: /^starttls: .*injected/ });
    control.close();
    there.close();
  });
});

for (const face of FACES) {
  describe(`tp, ${face.name} face`, () => {
    for (const size of [1, 2, 7, 1000]) {
      it(`speaks in commands and replies, and receives what is none (pieces of ${size})`, async () => {
        const said = '200 news\r\n211 3 1 3 misc\r\n222 body follows\r\nfirst\r\n.\r\n205 bye\r\n';
        const log: string[] = [];
        const { control, io } = await face.connect(
          { log: (way: string, line: string) => log.push(`${way} ${line}`) },
          cut(Buffer.from(said), size),
        );
        await control.check('20.');
        await control.command('GROUP', 'misc');
        const { code, text } = await control.check(['211', '411']);
        assert.deepEqual([code, text], [211, '3 1 3 misc']);
        await control.command('BODY', '1');
        await control.check('222');
        assert.deepEqual([await control.receive(), await control.receive('*l')], ['first', '.']);
        await control.command('QUIT');
        await control.check('2..');
        control.close();
        assert.equal(Buffer.concat(io.written).toString(), 'GROUP misc\r\nBODY 1\r\nQUIT\r\n');
        assert.deepEqual(io.calls, ['close']);
        assert.deepEqual(log.slice(0, 3), ['< 200 news', '> GROUP misc', '< 211 3 1 3 misc']);
      });
    }

    it('sends what a source gives, and bytes as they are', async () => {
      const { control, io } = await face.connect({}, []);
      assert.equal(await control.send('abc'), 3);
      await control.source(table([Buffer.from('de'), Buffer.from('f')]));
      assert.equal(Buffer.concat(io.written).toString(), 'abcdef');
      assert.deepEqual([control.getfd(), control.dirty(), control.getcontrol().stream.io === io], [-1, false, true]);
    });

    it('refuses lines that would be two, and sends none of them', async () => {
      const { control, io } = await face.connect({}, []);
      await assert.rejects(async () => control.command('GROUP', 'a\r\nPOST'), { code: 'ERR_INVALID_ARGUMENT' });
      assert.deepEqual(io.written, []);
    });

    it('a no and a silence have their errors', async () => {
      const { control } = await face.connect({ timeouts: { reply: 7 } }, ['411 no such\r\n', TIMED_OUT]);
      await control.command('GROUP', 'x');
      await assert.rejects(async () => control.check('2..'), {
        name: 'ReplyError',
        code: 'ERR_REPLY_CODE',
        command: 'GROUP x',
      });
      await control.command('NEXT');
      await assert.rejects(async () => control.check('2..'), {
        code: 'ETIMEDOUT',
        message: /tp example.org:119.*NEXT.*7 s/,
      });
    });

    it('refuses bad arguments', async () => {
      for (const options of [{ timeout: '5' }, { tls: 'on' }, { timeouts: { reply: {} } }])
        await assert.rejects(
          async () => face.connect(options, []),
          { code: 'ERR_INVALID_ARGUMENT' },
          JSON.stringify(options),
        );
    });
  });
}
