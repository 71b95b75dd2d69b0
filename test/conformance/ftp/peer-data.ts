/** Data connections of the peer's FTP server: what goes and what comes, up to where a wish cuts it. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Files } from './peer-files.ts';
import type { Wishes } from './peer-wishes.ts';

/** One of them. */
export interface PeerData {
  readonly data: Socket;
  /** Below TLS. */
  readonly raw: Socket;
  readonly wishes: Wishes;
  /** Resets it, and the control connection. */
  die(): string;
}

/** Sends all; gives the last reply. */
export async function sendAll({ data }: PeerData, bytes: Buffer): Promise<string> {
  const way = new Way(data);
  for (let at = 0; at < bytes.length && !way.gone; at += PIECE) await way.put(bytes.subarray(at, at + PIECE));
  if (way.gone) return BROKEN;
  data.end();
  await way.closed;
  return DONE;
}

/** The same, as the wishes are; `change` makes another file of it. */
export async function sendFile(over: PeerData, bytes: Buffer, change: () => void): Promise<string> {
  const { data, raw, wishes, die } = over;
  const { end, stall } = wishes;
  if (end !== undefined) {
    wishes.end = undefined;
    await new Way(data).put(bytes.subarray(0, end));
    raw.end();
    return DONE;
  }
  if (stall !== undefined && stall < bytes.length) {
    wishes.stall = undefined;
    const way = new Way(data);
    await way.put(bytes.subarray(0, stall));
    data.on('end', () => data.destroy());
    await Promise.race([way.closed, once(raw, 'close')]);
    return BROKEN;
  }
  const cut = cutBelow(wishes, bytes.length);
  if (cut === undefined) return await sendAll(over, bytes);
  const way = new Way(data);
  for (let at = 0; at < cut; at += PIECE) await way.put(bytes.subarray(at, Math.min(cut, at + PIECE)));
  if (wishes.changes) change();
  return die();
}

/** Stores what comes, behind the bytes before `at`. */
export async function receiveFile(over: PeerData, files: Files, path: string, at: number): Promise<string> {
  const { data, wishes, die } = over;
  const cut = cutBelow(wishes, Number.POSITIVE_INFINITY);
  let bytes = (files.read(path) ?? Buffer.alloc(0)).subarray(0, at);
  let broken = false;
  data.on('data', (piece: Buffer) => {
    bytes = Buffer.concat([bytes, piece]);
    if (cut === undefined || bytes.length - at < cut) return;
    bytes = bytes.subarray(0, at + cut);
    files.write(path, bytes);
    broken = true;
    die();
  });
  data.on('error', () => {
    broken = true;
  });
  data.on('end', () => data.end());
  // The end of nothing may have come before.
  if (data.readableEnded) data.end();
  data.resume();
  if (!data.closed) await once(data, 'close').catch(() => {});
  files.write(path, bytes);
  return broken ? BROKEN : DONE;
}

const PIECE = 65_536;
const DONE = '226 done';
const BROKEN = '426 broken';

/** Writes that end, one way or the other. */
class Way {
  gone: boolean;
  readonly closed: Promise<void>;
  readonly #data: Socket;

  constructor(data: Socket) {
    this.#data = data;
    this.gone = data.closed;
    data.resume();
    this.closed = new Promise((done) => {
      for (const event of ['close', 'error'])
        data.once(event, () => {
          this.gone = true;
          done();
        });
    });
  }

  async put(piece: Buffer): Promise<void> {
    await Promise.race([new Promise((done) => this.#data.write(piece, done)), this.closed]);
  }
}

/** Where the connections are to die, if this transfer is one of those. */
function cutBelow({ cut }: Wishes, length: number): number | undefined {
  if (cut.times <= 0 || cut.bytes >= length) return undefined;
  cut.times--;
  return cut.bytes;
}
