/** The cases of SMTP, for the faces that have it: the client runs on every runtime that the sockets run on. */
import assert from 'node:assert/strict';
import type * as Smtp from '../../src/entry/smtp.ts';
import { type Bytes, type Step, sha256 } from './script.ts';
import { type Case, type Face, fails, inPieces, type Peer } from './support.ts';

const smtpOf = ({ smtp }: Face): typeof Smtp => smtp as typeof Smtp;
const OPTIONS = { domain: 'me.example', timeout: 20 };
const HELLO = 'EHLO me.example\r\n';
const ENVELOPE = { from: 'a@x.org', to: ['b@x.org', 'c@x.org'] };
const COMMANDS = 'MAIL FROM:<a@x.org>\r\nRCPT TO:<b@x.org>\r\nRCPT TO:<c@x.org>\r\n';
const TEXT = '.one\r\ntwo\r\n';

/** Says each reply when the bytes before it have come; the first one at once. */
function dialogue(
  cut: { readonly cut?: number },
  ...turns: readonly (readonly [heard: string | number, said: string])[]
): Step[] {
  return turns.flatMap(([heard, said]): Step[] => {
    const bytes: Bytes = `${said}\r\n`;
    const count = typeof heard === 'string' ? heard.length : heard;
    return [...(count === 0 ? [] : [{ do: 'receive', count } as const]), { do: 'send', bytes, ...cut }];
  });
}

/** Up to the end of a mail, whose message is sent in lines. */
function upToMessage(cut: { readonly cut?: number }): Step[] {
  return dialogue(
    cut,
    [0, '220 x ready'],
    [HELLO, '250-x\r\n250 PIPELINING'],
    [`${COMMANDS}DATA\r\n`, '250 ok\r\n250 ok\r\n550 5.1.1 no such user\r\n354 go on'],
  );
}

async function session(face: Face, peer: Peer, ...steps: Step[]) {
  const client = await peer.talk(face, ...steps);
  return await smtpOf(face).connect('smtp://x.example', { ...OPTIONS, create: () => client });
}

export const ALL_CASES: readonly Case[] = [
  ...inPieces('smtp: a mail in lines, one of its recipients refused', async (face, peer, cut) => {
    const name = peer.name();
    const end = dialogue(cut, [`.${TEXT}.\r\n`, '250-2.0.0 queued\r\n250 2.0.0 as 4711'], ['QUIT\r\n', '221 bye']);
    using mails = await session(face, peer, ...upToMessage(cut), ...end, { do: 'report', as: name }, { do: 'end' });
    const { accepted, rejected, reply, size } = await mails.send({ envelope: ENVELOPE, content: TEXT });
    await mails.quit();
    assert.deepEqual([accepted, rejected.map(({ reply }) => reply?.enhanced)], [['b@x.org'], ['5.1.1']]);
    assert.deepEqual([reply.code, reply.text, size], [250, '2.0.0 queued\n2.0.0 as 4711', TEXT.length]);
    const all = `${HELLO}${COMMANDS}DATA\r\n.${TEXT}.\r\nQUIT\r\n`;
    assert.equal((await peer.report(face, name)).sha256, sha256(Buffer.from(all)));
  }),

  {
    name: 'smtp: a message of MiBs in chunks, whose replies come late',
    async run(face, peer) {
      const text = `${'x'.repeat(998)}\r\n`.repeat(2000);
      const name = peer.name();
      const steps = dialogue(
        {},
        [0, '220 x ready'],
        [HELLO, '250-x\r\n250-8BITMIME\r\n250-PIPELINING\r\n250 CHUNKING'],
        [COMMANDS.replace('>\r\n', '> BODY=8BITMIME\r\n'), '250 ok\r\n250 ok\r\n250 ok'],
      );
      // Chunks of 64 KiB, 30 of them and the last one: more than one has come before the first is answered.
      const answered = (count: number, bytes: number): Step[] => [
        { do: 'receive', count: bytes },
        { do: 'send', bytes: '250 ok\r\n'.repeat(count) },
      ];
      const chunk = 65_536 + 'BDAT 65536\r\n'.length;
      const chunks = [...answered(2, 2 * chunk), ...Array.from({ length: 7 }, () => answered(4, 4 * chunk)).flat()];
      const all = 30 * chunk + (text.length - 30 * 65_536) + 'BDAT 33920 LAST\r\n'.length;
      const last = [...answered(1, all - 30 * chunk), { do: 'report', as: name } as const];
      using mails = await session(face, peer, ...steps, ...chunks, ...last);
      const { size } = await mails.send({ envelope: ENVELOPE, content: text });
      assert.equal(size, text.length);
      const before = HELLO.length + COMMANDS.length + ' BODY=8BITMIME'.length;
      assert.equal((await peer.report(face, name)).length, before + all);
    },
  },

  {
    name: 'smtp: a connection that is lost before the end of a message, and behind it',
    async run(face, peer) {
      using early = await session(face, peer, ...dialogue({}, [0, '220 x'], [HELLO, '250 x'], [10, '250 ok']), {
        do: 'end',
      });
      const lost = await fails(face, 'ERR_CLOSED', () => early.send({ envelope: ENVELOPE, content: TEXT }));
      assert.deepEqual([lost.command, lost.reply?.code], ['RCPT TO:<b@x.org>', 250]);
      const whole: Step = { do: 'receive', count: `.${TEXT}.\r\n`.length };
      using late = await session(face, peer, ...upToMessage({}), whole, { do: 'end' });
      const open = await fails(face, 'ERR_UNKNOWN_OUTCOME', () => late.send({ envelope: ENVELOPE, content: TEXT }));
      assert.deepEqual(
        open.recipients?.map(({ accepted }) => accepted),
        [true, false],
      );
    },
  },
];

/** Of the face that has pools. */
export const POOL_CASES: readonly Case[] = [
  {
    name: 'smtp: a pool sends again what was lost, and no more',
    async run(face, peer) {
      const once = dialogue({}, [`.${TEXT}.\r\n`, '250 queued']);
      const scripts: Step[][] = [
        [...dialogue({}, [0, '220 x'], [HELLO, '250 x'], [10, '250 ok']), { do: 'end' }],
        [...upToMessage({}), ...once, ...dialogue({}, [`${COMMANDS}DATA\r\n`, '421 4.3.2 closing']), { do: 'end' }],
        [...upToMessage({}), ...once, ...dialogue({}, ['QUIT\r\n', '221 bye']), { do: 'end' }],
      ];
      let used = 0;
      const create = () => peer.talk(face, ...(scripts[used++] as Step[]));
      const mails = smtpOf(face).pool('smtp://x.example', { ...OPTIONS, sessions: 1, create });
      const sent = await Promise.all([1, 2].map(() => mails.send({ envelope: ENVELOPE, content: TEXT })));
      await mails.close();
      assert.deepEqual(
        sent.map(({ accepted }) => accepted),
        [['b@x.org'], ['b@x.org']],
      );
      assert.equal(used, 3);
    },
  },
];
