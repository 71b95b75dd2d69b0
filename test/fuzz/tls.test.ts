/** Through TLS every byte comes in order, or there is a typed error, and nothing hangs: whatever becomes of the ciphertext. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { OpenSslIo } from '../../src/blocking/tls-io.ts';
import { SocketError } from '../../src/core/errors.ts';
import type { Io } from '../../src/core/io.ts';
import { WRITE_SLICE } from '../../src/core/limits.ts';
import type { Client } from '../../src/entry/index.ts';
import { parameters, RUNS } from './schedule.ts';
import { opened, patiently, VERSIONS, type Version } from './tls-ends.ts';
import { type FaceName, type Fault, Link, type Weather } from './tls-link.ts';

/** Bytes that tell their place, as much as anybody sends. */
const SOURCE = Buffer.from(Uint32Array.from({ length: 200_000 }, (_, i) => Math.imul(i, 2_654_435_761)).buffer);

/** What one side does. */
interface Plan {
  readonly sizes: readonly number[];
  readonly readings: readonly number[];
  /** Seconds; the blocking side, which shares the thread, never waits. */
  readonly timeout: number | null;
  /** Before which of its sends it has keys made new, where it can: the blocking side on TLS 1.3. */
  readonly rekeys: number;
}

async function sendAll(client: Client, { sizes, rekeys }: Plan, version: Version): Promise<void> {
  let at = 0;
  for (const [i, size] of sizes.entries()) {
    const { io } = client.stream;
    if (i === rekeys && version === 'TLSv1.3' && io instanceof OpenSslIo) io.updateKeys(size % 2 === 0);
    const end = at + size;
    await patiently(
      async () => {
        at += await client.send(SOURCE.subarray(at, end));
      },
      (error) => {
        at += error.sent as number;
      },
    );
    assert.equal(at, end);
  }
  client.shutdown('send');
}

/** Receives beyond these take more: thousands of small ones are another test. */
const SMALL = 100;

/** What came, and the error at the end of it. */
async function receiveAll(client: Client, { readings }: Plan): Promise<{ got: Buffer; error: unknown }> {
  const pieces: Buffer[] = [];
  for (let i = 0; ; i++) {
    try {
      await patiently(
        async () => {
          pieces.push(await client.receive(i < SMALL ? (readings[i % readings.length] as number) : 50_000));
        },
        () => {},
      );
    } catch (error) {
      const partial = error instanceof SocketError ? error.partial : undefined;
      if (partial !== undefined) pieces.push(partial);
      return { got: Buffer.concat(pieces), error };
    }
  }
}

/** How a side has ended: what it got and has sent, and its error, if that was not the goodbye of the other. */
interface Ended {
  readonly got: Buffer;
  readonly sent: number;
  readonly error: unknown;
}

async function converse(
  face: FaceName,
  role: 'client' | 'server',
  version: Version,
  io: Io,
  plan: Plan,
): Promise<Ended> {
  let client: Client;
  try {
    client = await opened(face, role, version, io);
  } catch (error) {
    return { got: Buffer.alloc(0), sent: 0, error };
  }
  if (face === 'await') client.settimeout(plan.timeout);
  let unsent: unknown;
  const sending = sendAll(client, plan, version).catch((error: unknown) => {
    unsent = error;
  });
  const { got, error } = await receiveAll(client, plan);
  if ((error as SocketError).code !== 'ERR_CLOSED') client.close(); // which ends the sends
  await sending;
  await pushed(client);
  const { sent } = client.getstats();
  client.close();
  return { got, sent, error: (error as SocketError).code === 'ERR_CLOSED' ? unsent : error };
}

/** A blocking close waits as long as the socket's timeout, which is 0 here; the goodbye may still be on its way then. */
async function pushed({ stream: { closed, io } }: Client): Promise<void> {
  while (!closed && io instanceof OpenSslIo && !io.push()) await turn();
}

const CODES = new RegExp(
  [
    '^(ERR_TLS_(ALERT|CERT|CERT_ALTNAME_INVALID|PROTOCOL|TRUNCATED|VERSION|WRONG_PROTOCOL)|ERR_CLOSED|ECONNRESET|EPIPE',
    'CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|INVALID_PURPOSE|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$',
  ].join('|'),
);

/** Of one side, by what the other one has sent. */
function check({ got, error }: Ended, other: Ended, faulted: boolean): void {
  assert.ok(got.equals(SOURCE.subarray(0, got.length)), `other bytes among ${got.length}`);
  if (error === undefined) {
    // A side that has met an error says goodbye as well; what it could not take back of its last piece may have come.
    const most = other.sent + (other.error === undefined ? 0 : WRITE_SLICE);
    assert.ok(got.length >= other.sent && got.length <= most, `${got.length} came, and ${other.sent} were sent`);
    return;
  }
  assert.ok(error instanceof SocketError, String(error instanceof Error ? error.stack : error));
  assert.match(error.code, CODES, error.message);
  assert.ok(faulted, `${error.message}, and nothing had happened`);
}

const fault: fc.Arbitrary<Fault | undefined> = fc.option(
  fc.record({
    kind: fc.constantFrom('flip' as const, 'drop' as const, 'double' as const, 'end' as const, 'reset' as const),
    at: fc.oneof(fc.nat(300), fc.nat(5000), fc.nat(200_000)),
    size: fc.integer({ min: 1, max: 2000 }),
  }),
  { nil: undefined, freq: 2 },
);

const weather: fc.Arbitrary<Weather> = fc.record({
  pieces: fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 40_000 })), {
    minLength: 1,
    maxLength: 6,
  }),
  delay: fc.oneof(fc.constant(0), fc.nat(3)),
  taken: fc.oneof(fc.constant(1_000_000), fc.integer({ min: 1000, max: 40_000 })),
  room: fc.integer({ min: 4000, max: 200_000 }),
  fault,
});

const plan: fc.Arbitrary<Plan> = fc.record({
  sizes: fc.array(fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 100_000 })), { maxLength: 7 }),
  readings: fc.array(fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 90_000 })), {
    minLength: 1,
    maxLength: 4,
  }),
  timeout: fc.constantFrom(null, null, 0, 1e-9, 0.0005),
  rekeys: fc.nat(4),
});

for (const ours of ['await', 'blocking'] as const) {
  for (const theirs of ['await', 'blocking'] as const) {
    it(`${ours} client, ${theirs} server: all in order, or a typed error`, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...VERSIONS),
          weather,
          weather,
          plan,
          plan,
          async (version, there, back, clientPlan, serverPlan) => {
            const link = new Link(there, back);
            const [here, other] = link.ends(ours, theirs);
            let done = false;
            const sides = Promise.all([
              converse(ours, 'client', version, here, clientPlan),
              converse(theirs, 'server', version, other, serverPlan),
            ]).finally(() => {
              done = true;
            });
            await link.until(() => done);
            const [client, server] = await sides;
            check(client, server, link.faulted);
            check(server, client, link.faulted);
          },
        ),
        parameters(RUNS / 8),
      );
    });
  }
}
