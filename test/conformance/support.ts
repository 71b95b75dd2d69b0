/** What every case has at hand: the face under test, its peer, and ways to say what has to come out. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TcpClient } from '../../src/entry/index.ts';
import { heldUp } from '../peers/machine.ts';
import type { Bytes, Report, Step } from './script.ts';

/** The exports of the face under test. A case awaits each result, which does no harm where it is there at once. */
export type Face = typeof import('../../src/entry/index.ts') & {
  readonly http: typeof import('../../src/entry/http.ts');
  /** Where the face has SMTP. */
  readonly smtp?: typeof import('../../src/entry/smtp.ts');
  /** Where the face has FTP. */
  readonly ftp?: typeof import('../../src/entry/ftp.ts');
  /** Where the face has TLS. */
  readonly tls?: typeof import('../../src/entry/tls.ts');
};

export interface Case {
  readonly name: string;
  /** The case has two calls under way at once, or ends one from outside: a face whose calls block has no such moment. */
  readonly overlaps?: true;
  /** The case measures times, or fills what others need: nothing else runs meanwhile. */
  readonly quiet?: true;
  run(face: Face, peer: Peer): Promise<void>;
}

/** How bytes arrive: one by one, two by two, by sevens, and all together. */
export const CUTS: readonly (number | undefined)[] = [1, 2, 7, undefined];

/** A case for each way in which bytes may arrive. */
export function inPieces(
  name: string,
  run: (face: Face, peer: Peer, cut: { readonly cut?: number }) => Promise<void>,
): Case[] {
  const names = namesInPieces(name);
  return CUTS.map((cut, i) => ({
    name: names[i]!,
    run: (face, peer) => run(face, peer, cut === undefined ? {} : { cut }),
  }));
}

/** What these cases are called. */
export function namesInPieces(name: string): string[] {
  return CUTS.map((cut) => `${name}, in pieces of ${cut ?? 'all'}`);
}

let lastName = 0;

/** The peer: a process of its own, run by scripts (peer.ts). */
export class Peer {
  readonly port: number;
  /** A directory for the files of the cases. */
  readonly directory: string;

  constructor(port: number, directory: string) {
    this.port = port;
    this.directory = directory;
  }

  /** A name that no other case has. */
  name(): string {
    return `${process.pid}-${++lastName}`;
  }

  /** A path that no other case has. */
  path(): string {
    return join(this.directory, this.name());
  }

  /** A connection on which the peer runs these steps. */
  async talk(face: Face, ...script: Step[]): Promise<TcpClient> {
    const client = await face.connect('127.0.0.1', this.port);
    await client.send(`${JSON.stringify(script)}\n`);
    return client;
  }

  /** A connection on which the peer sends these bytes and ends. */
  async sends(face: Face, bytes: Bytes, cut: { readonly cut?: number } = {}): Promise<TcpClient> {
    return await this.talk(face, { do: 'send', bytes, ...cut }, { do: 'end' });
  }

  /** A connection that takes steps one by one. */
  async control(face: Face): Promise<Control> {
    return new Control(await this.talk(face, { do: 'control' }));
  }

  async signal(face: Face, name: string): Promise<void> {
    using control = await this.control(face);
    await control.do({ do: 'signal', name });
  }

  /** The report of this name, when it is made. */
  async report(face: Face, name: string): Promise<Report> {
    using control = await this.control(face);
    return (await control.do({ do: 'wait', name })) as Report;
  }
}

export class Control {
  readonly #client: TcpClient;

  constructor(client: TcpClient) {
    this.#client = client;
  }

  /** Has the peer run a step, and gives its answer. */
  async do(step: Step): Promise<unknown> {
    await this.#client.send(`${JSON.stringify(step)}\n`);
    const { value, error } = JSON.parse(await this.#client.receive('*l')) as { value?: unknown; error?: string };
    assert.equal(error, undefined);
    return value;
  }

  /** A port at which a connection is refused, and that nobody else gets: this connection's own. */
  refusedPort(): number {
    return this.#client.getsockname().port;
  }

  close(): void {
    this.#client.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Any error of the library; `SocketError` with its fields where it is one. */
export type Failed = InstanceType<Face['SocketError']>;

/** Runs a call that has to fail with this code, and gives its error. */
export async function fails(face: Face, code: string | readonly string[], call: () => unknown): Promise<Failed> {
  let value: unknown;
  try {
    value = await call();
  } catch (error) {
    if (!(error instanceof face.SocketError)) throw error;
    const codes = typeof code === 'string' ? [code] : code;
    if (!codes.includes(error.code)) throw error;
    return error;
  }
  (value as { close?: () => void } | undefined)?.close?.();
  assert.fail(`it gave ${String(value).slice(0, 100)} instead of ${code}`); // it may be megabytes
}

/** Runs a call that has to fail because the connection is gone, here or there. */
export async function closes(
  face: Face,
  call: () => unknown,
  codes: readonly string[] = ['ERR_CLOSED'],
): Promise<Failed> {
  const error = await fails(face, codes, call);
  assert.ok(error instanceof face.ClosedError, String(error.stack));
  assert.equal(error.reason, 'closed');
  return error;
}

/** Runs a call that has to time out, and gives its error. */
export async function timesOut(face: Face, call: () => unknown): Promise<Failed> {
  const error = await fails(face, 'ETIMEDOUT', call);
  assert.ok(error instanceof face.TimeoutError, String(error.stack));
  assert.equal(error.reason, 'timeout');
  return error;
}

/** Seconds that a call takes. */
export async function seconds(call: () => unknown): Promise<number> {
  const begin = performance.now();
  await call();
  return (performance.now() - begin) / 1000;
}

/** Timers may fire a millisecond early by another clock, and late by what a busy machine is to blame for. */
export function lasted(took: number, atLeast: number, lessThan: number): void {
  const most = lessThan + heldUp() / 1000;
  assert.ok(took > atLeast - 0.005 && took < most, `it took ${took} s, not ${atLeast} to ${lessThan} s`);
}

/** What a failed receive has shown, as text. */
export function partialOf(error: Failed): string | undefined {
  return error.partial?.toString('latin1');
}

/** Both ends of a connection that the face's own server has accepted: its client, and the report the peer makes of its part. */
export async function accepted(
  face: Face,
  peer: Peer,
  ...script: Step[]
): Promise<{ client: TcpClient; [Symbol.dispose](): void }> {
  using server = await face.bind('127.0.0.1', 0);
  using control = await peer.control(face);
  await control.do({ do: 'connectTo', to: { port: server.getsockname().port }, script });
  const client = await server.accept();
  return { client, [Symbol.dispose]: () => client.close() };
}
