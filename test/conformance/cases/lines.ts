/** Receive patterns: lines, counts, delimiters and everything, in any order, without losing a byte. */
import assert from 'node:assert/strict';
import { pattern, sha256 } from '../script.ts';
import { type Case, closes, type Face, fails, inPieces, type Peer, partialOf } from '../support.ts';

const MIXED = 'first\r\nsecond\n12345head--BOUND--tail\n\r\nrest\nof it';

/** What a sequence of receives gives, one character for each: l a line, u until '|', 1-9 so many bytes. */
async function follow(face: Face, peer: Peer, orders: string, cut: { cut?: number }): Promise<void> {
  const parts = [...orders].map((order, at) => {
    const text = `${at}-é-${'x'.repeat(at * 3)}`;
    if (order === 'l') return { wire: `${text}\r\n`, pattern: '*l' as const, gives: text };
    if (order === 'u') return { wire: `${text}\n|`, pattern: { until: '|' }, gives: `${text}\n` };
    const count = Number(order);
    const bytes = '\n|\r\0z'.repeat(2).slice(0, count);
    return { wire: bytes, pattern: count, gives: Buffer.from(bytes) };
  });
  const wire = parts.map((part) => part.wire).join('');
  using client = await peer.sends(face, `${wire}the\nrest`, cut);
  for (const part of parts) {
    const got = await client.receive(part.pattern);
    assert.deepEqual(got, part.gives);
  }
  assert.deepEqual(await client.receive('*a'), Buffer.from('the\nrest'));
  assert.equal(client.getstats().received, Buffer.byteLength(wire) + 8);
  assert.equal(client.dirty(), false);
}

/** LuaSocket's own patterns, and delimiters among them. */
const ORDERS = ['llll', '99', 'l1l2l3l4', '5l5l', '1l1', 'l9l2'];
const ORDERS_WITH_DELIMITERS = ['l5ul', 'u3l2', '1u1l1', 'lu9l', 'ul1lu', 'uuu'];

export const cases: readonly Case[] = [
  ...inPieces('lines: all patterns on one connection', async (face, peer, cut) => {
    using client = await peer.sends(face, MIXED, cut);
    assert.equal(await client.receive(), 'first');
    assert.equal(await client.receive('*l'), 'second');
    assert.deepEqual(await client.receive(5), Buffer.from('12345'));
    assert.equal(await client.receive({ until: '--BOUND--' }), 'head');
    assert.equal(await client.receive(), 'tail');
    assert.equal(await client.receive(), '');
    assert.deepEqual(await client.receive('*a'), Buffer.from('rest\nof it'));
    assert.equal(client.getstats().received, MIXED.length);
    await closes(face, () => client.receive());
  }),

  ...inPieces('lines: lines and counts in any order', async (face, peer, cut) => {
    for (const orders of ORDERS) await follow(face, peer, orders, cut);
  }),

  ...inPieces('lines: lines, counts and delimiters in any order', async (face, peer, cut) => {
    for (const orders of ORDERS_WITH_DELIMITERS) await follow(face, peer, orders, cut);
  }),

  ...inPieces('lines: CRLF, LF, lone CR, NUL and empty lines', async (face, peer, cut) => {
    using client = await peer.sends(face, 'a\r\nb\n\r\n\na\rb\r\n\r\r\n\rx\n\0\na\0b\r\n', cut);
    for (const line of ['a', 'b', '', '', 'a\rb', '\r', '\rx', '\0', 'a\0b'])
      assert.equal(await client.receive(), line);
    assert.equal(partialOf(await closes(face, () => client.receive())), '');
  }),

  ...inPieces('lines: UTF-8 cut anywhere', async (face, peer, cut) => {
    const lines = ['plain', 'é', '€uro', '😀', 'mixed é€😀 line', '', 'plain again'];
    using client = await peer.sends(face, lines.map((line) => `${line}\n`).join(''), cut);
    for (const line of lines) assert.equal(await client.receive(), line);
  }),

  ...inPieces('lines: 8-bit bytes by every encoding', async (face, peer, cut) => {
    const hex = 'ff00e9c3a9800d';
    using client = await peer.sends(face, { hex: `${hex}0a`.repeat(7) }, cut);
    const bytes = Buffer.from(hex.slice(0, -2), 'hex');
    assert.deepEqual(await client.receive('*l', { encoding: 'buffer' }), bytes);
    for (const encoding of ['latin1', 'hex', 'base64', 'utf8'] as const) {
      assert.equal(await client.receive('*l', { encoding }), bytes.toString(encoding));
    }
    assert.equal(await client.receive(), bytes.toString('utf8'));
    assert.equal(await client.receive(8, { encoding: 'hex' }), `${hex}0a`);
  }),

  ...inPieces('lines: delimiters that begin within themselves', async (face, peer, cut) => {
    using client = await peer.sends(face, 'aaab--x---y\0z\r\n\r\nabababac!', cut);
    assert.equal(await client.receive({ until: 'aab' }), 'a');
    assert.equal(await client.receive({ until: '--' }), '');
    assert.equal(await client.receive({ until: '--' }), 'x');
    assert.equal(await client.receive({ until: '\0' }), '-y');
    assert.equal(await client.receive({ until: Buffer.from('\r\n\r\n') }), 'z');
    assert.deepEqual(await client.receive({ until: 'ababac' }, { encoding: 'buffer' }), Buffer.from('ab'));
    assert.deepEqual(await client.receive('*a'), Buffer.from('!'));
  }),

  ...inPieces('lines: another delimiter after one that did not come', async (face, peer, cut) => {
    using client = await peer.talk(
      face,
      { do: 'send', bytes: 'one;two', ...cut },
      { do: 'receive', count: 1 },
      { do: 'end' },
    );
    client.settimeout(0.05);
    await fails(face, 'ETIMEDOUT', () => client.receive('*l'));
    client.settimeout(null);
    assert.equal(await client.receive({ until: ';' }), 'one');
    await client.send('.');
    assert.equal(partialOf(await closes(face, () => client.receive({ until: '||' }))), 'two');
    assert.equal((await client.receive('*a')).toString(), 'two');
  }),

  ...inPieces('lines: a count above every buffer', async (face, peer, cut) => {
    const size = cut.cut === undefined ? 3_000_000 : cut.cut * 2000;
    using client = await peer.sends(face, { pattern: size }, cut);
    const first = await client.receive(size - 1);
    assert.equal(sha256(first), sha256(pattern(size).subarray(0, -1)));
    assert.equal((await client.receive(1)).length, 1);
    await closes(face, () => client.receive(1));
  }),

  {
    name: 'lines: a line above every buffer',
    async run(face, peer) {
      using client = await peer.sends(face, `${'x'.repeat(1_000_000)}\r\n${'é'.repeat(200_000)}\nshort\n`);
      assert.equal(await client.receive(), 'x'.repeat(1_000_000));
      assert.equal(await client.receive(), 'é'.repeat(200_000));
      assert.equal(await client.receive(), 'short');
    },
  },

  {
    name: 'lines: thousands of lines, plain and wide',
    async run(face, peer) {
      const lines = Array.from({ length: 5000 }, (_, i) => (i % 7 === 3 ? `é${i}` : i % 50 === 9 ? '' : `line ${i}`));
      using client = await peer.sends(face, lines.map((line, i) => `${line}${i % 3 === 0 ? '\r\n' : '\n'}`).join(''));
      for (const [i, line] of lines.entries()) {
        const got = i % 11 === 5 ? await client.receive('*l', { encoding: 'utf8' }) : await client.receive();
        assert.equal(got, line);
      }
      await closes(face, () => client.receive());
    },
  },

  ...inPieces('lines: everything, and then nothing', async (face, peer, cut) => {
    using client = await peer.sends(face, { pattern: 700 }, cut);
    assert.deepEqual(await client.receive('*a'), pattern(700));
    for (const order of ['*a', '*l', 1] as const) {
      assert.equal(partialOf(await closes(face, () => client.receive(order))), '');
    }
  }),

  {
    name: 'lines: everything, as text',
    async run(face, peer) {
      using client = await peer.sends(face, 'é\r\n');
      assert.equal(await client.receive('*a', { encoding: 'utf8' }), 'é\r\n');
    },
  },

  {
    name: 'lines: a peer that sends nothing and ends',
    async run(face, peer) {
      using client = await peer.talk(face, { do: 'end' });
      for (const order of ['*l', '*a', 5, { until: 'x' }] as const) {
        assert.equal(partialOf(await closes(face, () => client.receive(order))), '');
      }
    },
  },

  ...inPieces('prefix: a count includes it', async (face, peer, cut) => {
    using client = await peer.sends(face, 'cdefgh', cut);
    assert.deepEqual(await client.receive(5, { prefix: 'ab' }), Buffer.from('abcde'));
    assert.deepEqual(await client.receive(2, { prefix: 'ab' }), Buffer.from('ab'));
    assert.deepEqual(await client.receive(2, { prefix: 'abc' }), Buffer.from('abc'));
    assert.deepEqual(await client.receive(3, { prefix: Buffer.from([0xff]), encoding: 'hex' }), 'ff6667');
    assert.deepEqual(await client.receive('*a'), Buffer.from('h'));
  }),

  {
    name: 'prefix: one that is long enough waits for nothing',
    async run(face, peer) {
      using client = await peer.talk(face, { do: 'receiveAll' });
      assert.deepEqual(await client.receive(2, { prefix: 'ab' }), Buffer.from('ab'));
      assert.deepEqual(await client.receive(0, { prefix: 'ab' }), Buffer.from('ab'));
      assert.equal(client.getstats().received, 0);
    },
  },

  ...inPieces('prefix: before lines, delimiters and everything', async (face, peer, cut) => {
    using client = await peer.sends(face, '\r\nline\nx;all', cut);
    assert.equal(await client.receive('*l', { prefix: 'cr\r' }), 'cr\r');
    assert.equal(await client.receive('*l', { prefix: 'é' }), 'éline');
    assert.equal(await client.receive({ until: ';' }, { prefix: ';' }), ';x');
    assert.deepEqual(await client.receive('*a', { prefix: 'pre' }), Buffer.from('preall'));
    assert.equal(partialOf(await closes(face, () => client.receive('*a', { prefix: 'pre' }))), 'pre');
  }),

  {
    name: 'prefix: an error shows it, and the next receive does not have it',
    async run(face, peer) {
      using client = await peer.sends(face, 'half');
      assert.equal(partialOf(await closes(face, () => client.receive('*l', { prefix: 'a ' }))), 'a half');
      assert.equal((await client.receive('*a')).toString(), 'half');
    },
  },

  ...inPieces('limit: a longer line is an error that consumes nothing', async (face, peer, cut) => {
    using client = await peer.sends(face, 'abcd\nefgh\nijkl--mnop', cut);
    const error = await fails(face, 'ERR_LIMIT', () => client.receive('*l', { limit: 3 }));
    assert.ok(error instanceof face.LimitError);
    assert.equal(error.reason, 'oversized');
    await fails(face, 'ERR_LIMIT', () => client.receive('*l', { limit: 1 }));
    assert.equal(await client.receive('*l', { limit: 4 }), 'abcd');
    await fails(face, 'ERR_LIMIT', () => client.receive({ until: '--' }, { limit: 8 }));
    assert.equal(await client.receive(), 'efgh');
    assert.equal(await client.receive({ until: '--' }, { limit: 4 }), 'ijkl');
    await fails(face, 'ERR_LIMIT', () => client.receive('*a', { limit: 3 }));
    assert.deepEqual(await client.receive('*a', { limit: 4 }), Buffer.from('mnop'));
  }),

  {
    name: 'limit: a line ends at 1 MiB, and what came is still there',
    async run(face, peer) {
      const size = 1_048_576;
      using client = await peer.sends(face, 'x'.repeat(size + 1));
      await fails(face, 'ERR_LIMIT', () => client.receive());
      await fails(face, 'ERR_LIMIT', () => client.receive({ until: 'y' }));
      assert.equal((await client.receive('*a')).length, size + 1);
    },
  },

  {
    name: 'limit: everything ends at 16 MiB, and more may be asked for',
    async run(face, peer) {
      const size = 16_777_217;
      using client = await peer.sends(face, { pattern: size });
      await fails(face, 'ERR_LIMIT', () => client.receive('*a'));
      assert.equal(sha256(await client.receive('*a', { limit: size })), sha256(pattern(size)));
    },
  },

  {
    name: 'lines: no bytes are there at once, whatever has come',
    async run(face, peer) {
      using client = await peer.talk(face, { do: 'receive', count: 1 }, { do: 'send', bytes: 'x' }, { do: 'end' });
      assert.deepEqual(await client.receive(0), Buffer.alloc(0));
      assert.equal(await client.receive(0, { encoding: 'latin1' }), '');
      await client.send('.');
      assert.deepEqual(await client.receive(1), Buffer.from('x'));
      await closes(face, () => client.receive());
      assert.deepEqual(await client.receive(0), Buffer.alloc(0));
    },
  },

  ...inPieces('ends: in the middle of everything there is', async (face, peer, cut) => {
    for (const order of ['*l', 100, { until: '--' }] as const) {
      using client = await peer.sends(face, 'whole\nhalf-', cut);
      assert.equal(await client.receive(), 'whole');
      const error = await closes(face, () => client.receive(order));
      assert.equal(partialOf(error), 'half-');
      assert.equal(partialOf(await closes(face, () => client.receive(order))), 'half-');
      assert.equal(client.dirty(), true);
      assert.equal(client.getstats().received, 6);
      assert.deepEqual(await client.receive('*a'), Buffer.from('half-'));
      await closes(face, () => client.receive('*a'));
    }
  }),

  ...inPieces('ends: what had come is shown each time', async (face, peer, cut) => {
    for (const order of ['*l', 100] as const) {
      using client = await peer.sends(face, 'whole\nhalf-', cut);
      assert.equal(await client.receive(), 'whole');
      for (let i = 0; i < 2; i++) assert.equal(partialOf(await closes(face, () => client.receive(order))), 'half-');
      assert.deepEqual(await client.receive(5), Buffer.from('half-'));
      assert.equal(partialOf(await closes(face, () => client.receive(order))), '');
    }
  }),

  ...inPieces('ends: a lone CR at the end is no line', async (face, peer, cut) => {
    using client = await peer.sends(face, 'line\r', cut);
    assert.equal(partialOf(await closes(face, () => client.receive())), 'line\r');
    assert.deepEqual(await client.receive(5), Buffer.from('line\r'));
  }),

  ...inPieces('ends: by a reset, with what came before', async (face, peer, cut) => {
    using client = await peer.talk(
      face,
      { do: 'send', bytes: 'line\nabc', ...cut },
      { do: 'receive', count: 1 },
      { do: 'reset' },
    );
    assert.equal(await client.receive(), 'line');
    assert.deepEqual(await client.receive(2), Buffer.from('ab'));
    await client.receive(1, { prefix: '' });
    await client.send('.');
    const error = await closes(face, () => client.receive(), ['ECONNRESET']);
    assert.equal(partialOf(error), '');
    await closes(face, () => client.receive(), ['ECONNRESET', 'ERR_CLOSED']);
  }),

  {
    name: 'ends: a reset in the middle of a line keeps its part',
    async run(face, peer) {
      using client = await peer.talk(face, { do: 'send', bytes: 'abc' }, { do: 'receive', count: 1 }, { do: 'reset' });
      assert.deepEqual(await client.receive(1), Buffer.from('a'));
      await client.send('.');
      for (const order of ['*l', 3] as const) {
        const error = await closes(face, () => client.receive(order), ['ECONNRESET', 'ERR_CLOSED']);
        assert.equal(partialOf(error), 'bc');
      }
      assert.deepEqual(await client.receive(2), Buffer.from('bc'));
    },
  },

  {
    name: 'misuse: two receives at once',
    overlaps: true,
    async run(face, peer) {
      using client = await peer.talk(face, { do: 'receive', count: 1 }, { do: 'send', bytes: 'a\nb\n' });
      const first = client.receive();
      await fails(face, 'ERR_BUSY', () => client.receive());
      await fails(face, 'ERR_BUSY', () => client.receive(0));
      await client.send('.');
      assert.equal(await first, 'a');
      assert.equal(await client.receive(), 'b');
    },
  },
];
