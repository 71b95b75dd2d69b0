/** TLS of both faces record by record: cut at each place, as short as can be, not of the peer's making, and with keys that are made new on the way. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OpenSslIo } from '../../src/blocking/tls-io.ts';
import { SocketError } from '../../src/core/errors.ts';
import { NO_WAIT } from '../../src/core/timeout.ts';
import type { Client } from '../../src/entry/index.ts';
import { opened, patiently, VERSIONS, type Version } from '../fuzz/tls-ends.ts';
import { type FaceName, type Fault, Link, type Weather } from '../fuzz/tls-link.ts';

const CALM: Weather = { pieces: [1_000_000], delay: 0, taken: 1_000_000, room: 1_000_000, fault: undefined };
const FACES: readonly FaceName[] = ['await', 'blocking'];
const LINES = ['one', 'two', 'three'] as const;
/** Type, version and length (RFC 8446, section 5.1). */
const HEADER = 5;

/** Does this with two ends while the link moves, and closes them. */
async function joined(
  client: FaceName,
  server: FaceName,
  version: Version,
  body: (here: Client, there: Client, link: Link, back: { fault: Fault | undefined }) => Promise<void>,
): Promise<void> {
  const back = { ...CALM };
  const link = new Link(CALM, back);
  const [below, other] = link.ends(client, server);
  let done = false;
  const working = (async () => {
    const ends = [opened(client, 'client', version, below), opened(server, 'server', version, other)] as const;
    const [here, there] = await Promise.all(ends);
    try {
      await body(here, there, link, back);
    } finally {
      here.close();
      there.close();
    }
  })().finally(() => {
    done = true;
  });
  await Promise.all([working, link.until(() => done)]);
}

/** The lengths of the records of the lines, and of the goodbye. */
async function lengthsOf(version: Version): Promise<number[]> {
  const lengths: number[] = [];
  await joined('blocking', 'blocking', version, async (_here, there, link) => {
    let before = link.passed[1] as number;
    const measure = (): void => {
      lengths.push((link.passed[1] as number) - before);
      before = link.passed[1] as number;
    };
    for (const line of LINES) {
      await there.send(`${line}\n`);
      measure();
    }
    there.shutdown('send');
    measure();
  });
  return lengths;
}

/** The lines that come, and the error behind them. */
async function linesOf(client: Client): Promise<{ lines: string[]; error: SocketError }> {
  const lines: string[] = [];
  for (;;) {
    try {
      await patiently(
        async () => {
          lines.push(await client.receive());
        },
        () => {},
      );
    } catch (error) {
      assert.ok(error instanceof SocketError, String(error));
      return { lines, error };
    }
  }
}

async function cutAt(face: FaceName, version: Version, at: number, whole: number, goodbye: boolean): Promise<void> {
  await joined(face, 'blocking', version, async (here, there, link, back) => {
    back.fault = { kind: 'end', at: (link.passed[1] as number) + at, size: 0 };
    try {
      for (const line of LINES) await there.send(`${line}\n`);
      there.shutdown('send');
    } catch {
      // The link is cut, and takes no more.
    }
    const { lines, error } = await linesOf(here);
    assert.deepEqual(lines, LINES.slice(0, whole), `cut at ${at}`);
    assert.equal(error.code, goodbye ? 'ERR_CLOSED' : 'ERR_TLS_TRUNCATED', `cut at ${at}`);
    assert.equal(String(error.partial ?? ''), '');
  });
}

describe('a TLS stream that is cut', () => {
  for (const face of FACES) {
    for (const version of VERSIONS) {
      it(`before a record, in its header, behind it, and in what follows (${face}, ${version})`, async () => {
        let start = 0;
        for (const [i, length] of (await lengthsOf(version)).entries()) {
          for (const place of [0, 1, HEADER - 1, HEADER, HEADER + 1, length - 1])
            await cutAt(face, version, start + place, i, false);
          start += length;
        }
        await cutAt(face, version, start, LINES.length, true);
      });
    }
  }
});

/** A record of this type with these bytes, of a length that may be another. */
function record(type: number, bytes: readonly number[], length = bytes.length): Buffer {
  return Buffer.from([type, 3, 3, length >>> 8, length & 0xff, ...bytes]);
}

const [ALERT, DATA] = [21, 23];
/** Records that somebody without the keys has put among the peer's, and the alert by which they are refused, where all versions of OpenSSL have the same. */
const FORGED: Readonly<Record<string, { bytes: Buffer; alert?: string }>> = {
  'garbage of the right form': { bytes: record(DATA, Array(64).fill(0x5a)), alert: 'bad_record_mac' },
  'a header of a length that no record has': { bytes: record(DATA, [], 0xffff), alert: 'record_overflow' },
  'a goodbye in clear': { bytes: record(ALERT, [1, 0]) },
  'a fatal alert in clear': { bytes: record(ALERT, [2, 80]) },
};

describe('a TLS stream', () => {
  for (const face of FACES) {
    for (const version of VERSIONS) {
      it(`arrives in records of one byte each (${face}, ${version})`, () =>
        joined(face, 'blocking', version, async (here, there) => {
          for (const byte of LINES.join('\n')) await there.send(byte);
          await there.send('\n');
          there.shutdown('send');
          const { lines, error } = await linesOf(here);
          assert.deepEqual([lines, error.code], [LINES, 'ERR_CLOSED']);
        }));

      for (const [name, { bytes, alert }] of Object.entries(FORGED)) {
        it(`ends at ${name}, and both sides know why (${face}, ${version})`, () =>
          joined(face, 'blocking', version, async (here, there) => {
            const { io } = there.stream;
            assert.ok(io instanceof OpenSslIo);
            await there.send('one\n');
            assert.equal(io.below.send(bytes, NO_WAIT), bytes.length);
            await there.send('two\n');
            const { lines, error } = await linesOf(here);
            assert.deepEqual([lines, error.code], [['one'], 'ERR_TLS_PROTOCOL']);
            const told = (await linesOf(there)).error;
            assert.equal(told.code, 'ERR_TLS_ALERT', told.message);
            assert.equal(told.alert, alert ?? told.alert);
          }));
      }
    }
  }
});

/** Both ways at once, with keys that one side makes new between its pieces. */
async function exchanged(renewing: Client, other: Client, both: boolean): Promise<void> {
  const pieces = Array.from({ length: 6 }, (_, i) => Buffer.alloc(40_000, `${i} and so on`));
  const send = async (client: Client, before: () => void): Promise<void> => {
    for (const piece of pieces) {
      before();
      let at = 0;
      const more = async (): Promise<void> => {
        at += await client.send(piece, at);
      };
      await patiently(more, ({ sent = 0 }) => {
        at += sent;
      });
    }
  };
  const receive = async (client: Client): Promise<void> => {
    for (const piece of pieces) {
      let got: Buffer | undefined;
      const more = async (): Promise<void> => {
        got = await client.receive(piece.length);
      };
      await patiently(more, () => {});
      assert.ok(got?.equals(piece));
    }
  };
  const { io } = renewing.stream;
  assert.ok(io instanceof OpenSslIo);
  await Promise.all([
    send(renewing, () => io.updateKeys(both)),
    send(other, () => {}),
    receive(renewing),
    receive(other),
  ]);
}

describe('keys of TLS 1.3 that are made new in the middle of transfers', () => {
  for (const face of FACES) {
    for (const both of [false, true]) {
      const whose = both ? 'its own and ours' : 'its own';
      it(`by a server: ${whose} (${face})`, () =>
        joined(face, 'blocking', 'TLSv1.3', (here, there) => exchanged(there, here, both)));
      it(`by a client: ${whose} (${face})`, () =>
        joined('blocking', face, 'TLSv1.3', (here, there) => exchanged(here, there, both)));
    }
  }
});
