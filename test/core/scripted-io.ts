/** A transport that answers by a script, so that a test knows every piece, wait and failure beforehand. */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { CLOSED_HERE, ENDED, Failure, type Outcome, TIMED_OUT } from '../../src/core/errors.ts';
import type { Flow, MaybePromise } from '../../src/core/flow.ts';
import type { Io, ShutdownHow } from '../../src/core/io.ts';
import { Stream } from '../../src/core/stream.ts';
import type { Deadline } from '../../src/core/timeout.ts';

/** What one `recv` gives; text is Latin-1, a unit for a byte. */
export type Piece = string | Uint8Array | Failure;
/** At once, or by a promise. `'silence'` gives nothing until the deadline passes, the signal aborts or the socket closes. */
export type Step = Piece | { readonly later: Piece } | typeof SILENCE;
/** How many bytes one `send` takes (it takes no more than it is given), or why none. */
export type Take = number | Failure | { readonly later: number | Failure } | typeof SILENCE;

export const SILENCE: unique symbol = Symbol('silence');

export class ScriptedIo implements Io {
  /** The deadline of each call that came. */
  readonly deadlines: Deadline[] = [];
  readonly written: Buffer[] = [];
  readonly calls: string[] = [];
  readonly #steps: Step[];
  /** The next step. `shift` would move all the others, each time. */
  #at = 0;
  readonly #takes: Take[];
  #wake: ((outcome: Failure) => void) | undefined;

  /** After the script, the stream ends and sends take everything. */
  constructor(steps: Iterable<Step> = [], takes: Iterable<Take> = []) {
    this.#steps = [...steps];
    this.#takes = [...takes];
  }

  recv(deadline: Deadline): MaybePromise<Outcome<Uint8Array>> {
    this.deadlines.push(deadline);
    const step = this.#steps[this.#at++] ?? ENDED;
    if (step === SILENCE) return this.#silence(deadline);
    if (typeof step !== 'object' || step instanceof Uint8Array || step instanceof Failure) return outcomeOf(step);
    return Promise.resolve(outcomeOf(step.later));
  }

  send(data: Uint8Array, deadline: Deadline): MaybePromise<Outcome<number>> {
    this.deadlines.push(deadline);
    const take = this.#takes.shift() ?? data.length;
    if (take === SILENCE) return this.#silence(deadline);
    if (typeof take !== 'object' || take instanceof Failure) return this.#taken(data, take);
    return Promise.resolve(this.#taken(data, take.later));
  }

  shutdown(how: ShutdownHow): void {
    this.calls.push(`shutdown ${how}`);
  }

  close(): void {
    this.calls.push('close');
    this.#wake?.(CLOSED_HERE);
  }

  getfd(): number {
    return -1;
  }

  #taken(data: Uint8Array, take: number | Failure): Outcome<number> {
    if (take instanceof Failure) return take;
    const length = Math.min(take, data.length);
    this.written.push(Buffer.from(data.subarray(0, length)));
    return length;
  }

  #silence(deadline: Deadline): Promise<Failure> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      const { signal } = deadline;
      signal?.addEventListener('abort', () => resolve(new Failure('ABORT_ERR', signal.reason)));
      if (deadline.remaining() === 0) resolve(TIMED_OUT);
    });
  }
}

function outcomeOf(piece: Piece): Outcome<Uint8Array> {
  return typeof piece === 'string' ? bytes(piece) : piece;
}

/** Latin-1: a unit for a byte. */
export function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** A stream over a script. */
export function scripted(...steps: Step[]): Stream {
  return new Stream(new ScriptedIo(steps));
}

export function cut(data: Uint8Array, size: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += size) pieces.push(data.slice(at, at + size));
  return pieces;
}

/** One test for each way to deliver `text`: in pieces of one, two, seven and all, at once and by promises. */
export function inPieces(name: string, text: string | Uint8Array, test: (stream: Stream) => Promise<void>): void {
  const data = typeof text === 'string' ? bytes(text) : text;
  for (const size of [1, 2, 7, Math.max(1, data.length)]) {
    it(`${name} (pieces of ${size === data.length ? 'all' : size})`, async () => {
      const pieces = cut(data, size);
      await test(scripted(...pieces));
      await test(scripted(...pieces.map((later) => ({ later }))));
      await test(scripted(...pieces.map((piece, i) => (i % 2 === 0 ? piece : { later: piece }))));
    });
  }
}

/** Runs a flow to its end, and counts what it waited for. */
export async function counted<T>(flow: Flow<T>): Promise<{ value: T; yields: number }> {
  let step = flow.next();
  let yields = 0;
  for (; !step.done; yields++) step = flow.next(await step.value);
  return { value: step.value, yields };
}

/** Runs a flow that must not wait. */
export function atOnce<T>(flow: Flow<T>): T {
  const step = flow.next();
  assert.equal(step.done, true, 'the flow waited');
  return step.value as T;
}

/** The error that an action ends with. */
export async function errorOf<E extends Error = Error>(action: () => unknown): Promise<E> {
  try {
    await action();
  } catch (error) {
    assert.ok(error instanceof Error);
    return error as E;
  }
  assert.fail('there was no error');
}
