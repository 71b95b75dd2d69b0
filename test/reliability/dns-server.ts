/** A DNS server of the test's own, on the port that the system's resolver asks: it says what it is told to, right or wrong. */
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Scope } from './harness.ts';

export const A = 1;
export const CNAME = 5;
export const PTR = 12;
export const AAAA = 28;

/** One question, as it came: its ID, its name in lower case, and its bytes behind the header. */
export interface Question {
  readonly id: number;
  readonly name: string;
  readonly type: number;
  readonly bytes: Buffer;
  readonly overTcp: boolean;
}

/** A record about the name that was asked for, or about `name`. */
export interface Record {
  readonly type: number;
  readonly data: Buffer;
  readonly name?: Buffer;
}

/** Sends a reply; may be called any number of times, also later. */
export type Reply = (message: Buffer) => void;

export type Zone = (question: Question, reply: Reply, from: RemoteInfo | undefined) => void;

/** Serves on 127.0.0.1:53, by UDP and, unless `tcp` is false, by TCP. */
export async function serveDns(scope: Scope, zone: Zone, { tcp = true } = {}): Promise<void> {
  const socket = createSocket('udp4').bind(53, '127.0.0.1');
  await once(socket, 'listening');
  scope.defer(() => socket.close());
  socket.on('message', (message, from) => {
    const question = parse(message, false);
    zone(question, (reply) => socket.send(reply, from.port, from.address, () => {}), from);
  });
  if (!tcp) return;
  const server = createServer((peer) => {
    peer
      .on('error', () => {})
      .on('data', (data: Buffer) => {
        // RFC 1035, section 4.2.2: two bytes of length before each message. The resolver sends a question at a time.
        for (let at = 0; at + 2 < data.length; at += 2 + data.readUInt16BE(at)) {
          const question = parse(data.subarray(at + 2, at + 2 + data.readUInt16BE(at)), true);
          zone(question, (reply) => peer.write(Buffer.concat([uint16(reply.length), reply])), undefined);
        }
      });
  }).listen(53, '127.0.0.1');
  await once(server, 'listening');
  scope.defer(() => server.close());
}

function parse(message: Buffer, overTcp: boolean): Question {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const type = message.readUInt16BE(at + 1);
  const bytes = message.subarray(12, at + 5);
  return { id: message.readUInt16BE(0), name: labels.join('.').toLowerCase(), type, bytes, overTcp };
}

export interface Header {
  readonly id?: number;
  readonly rcode?: number;
  readonly truncated?: boolean;
  /** The count of answers that the header claims. */
  readonly answers?: number;
  readonly question?: Buffer;
}

/** The reply to a question (RFC 1035, section 4.1), with whatever is to be wrong in its header. */
export function reply(question: Question, records: readonly Record[], header: Header = {}): Buffer {
  const { id = question.id, rcode = 0, truncated = false, answers = records.length } = header;
  const flags = 0x8180 | (truncated ? 0x0200 : 0) | rcode; // a response, recursion desired and available
  const head = [id, flags, 1, answers, 0, 0].map(uint16);
  return Buffer.concat([...head, header.question ?? question.bytes, ...records.map(encode)]);
}

function encode({ type, data, name = Buffer.from([0xc0, 12]) }: Record): Buffer {
  return Buffer.concat([name, uint16(type), uint16(1), Buffer.from([0, 0, 0, 0]), uint16(data.length), data]);
}

/** A name in labels; a string is cut at its dots. */
export function name(text: string): Buffer {
  const labels = text.split('.').map((label) => Buffer.from(label, 'latin1'));
  return Buffer.concat([...labels.flatMap((label) => [Buffer.from([label.length]), label]), Buffer.from([0])]);
}

export function address(text: string): Record {
  return { type: A, data: Buffer.from(text.split('.').map(Number)) };
}

export function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 255]);
}
