/** Sockets that connect read through one buffer, or through one of their own: what each has received is nobody else's. */
import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { it } from 'node:test';
import { connect } from '../../src/entry/index.ts';

const MIB = 2 ** 20;
const CLIENTS = 8;
/** Less than a read takes: most are parts of what one read has brought, and no copies. */
const PIECE = 16_384;

it('bulk on many connections at once, and short messages among it', async () => {
  // The first byte says which: a MiB of it, or itself alone.
  const server = createServer((socket: Socket) => {
    socket.on('error', () => {});
    socket.on('data', (asked: Buffer) => {
      for (const byte of asked) socket.write(byte < 128 ? Buffer.alloc(MIB, byte) : Buffer.of(byte));
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  /** What was received, held to the end: whatever is written over it meanwhile shows. */
  const held: { readonly byte: number; readonly bytes: Buffer }[] = [];
  let finished = 0;
  const bulk = async (byte: number): Promise<void> => {
    using client = await connect('127.0.0.1', port);
    for (let round = 0; round < 5; round++) {
      await client.send(Buffer.of(byte));
      for (let i = 0; i < MIB; i += PIECE) held.push({ byte, bytes: await client.receive(PIECE) });
    }
    finished++;
  };
  const short = async (byte: number): Promise<void> => {
    // A new connection each time: it is made while others have read what fills a buffer.
    while (finished < CLIENTS) {
      using client = await connect('127.0.0.1', port);
      for (let i = 0; i < 3; i++) {
        await client.send(Buffer.of(byte));
        held.push({ byte, bytes: await client.receive(1) });
      }
    }
  };
  try {
    const clients = Array.from({ length: CLIENTS }, (_, i) => bulk(i + 1));
    await Promise.all([...clients, short(200), short(201)]);
    for (const { byte, bytes } of held) assert.ok(bytes.equals(Buffer.alloc(bytes.length, byte)), `connection ${byte}`);
    assert.equal(held.filter(({ byte }) => byte < 128).length, (5 * CLIENTS * MIB) / PIECE);
  } finally {
    server.close();
  }
});
