/** Replies as a server's bytes, cut into pieces, and what comes of an exchange over them in either face. */
import { ENDED, type Failure, SocketError } from '../../../src/core/errors.ts';
import { type Flow, runAsync, runBlocking } from '../../../src/core/flow.ts';
import { Stream } from '../../../src/core/stream.ts';
import { type ExchangeRequest, exchange, prepared } from '../../../src/protocol/http/wire/exchange.ts';
import type { ReplyHead } from '../../../src/protocol/http/wire/head.ts';
import { bytes, cut, ScriptedIo, type Step } from '../../core/scripted-io.ts';

export const GET: ExchangeRequest = { method: 'GET', target: '/', headers: { Host: 'example.org' } };

/** All that a program can see of an exchange. */
export interface Seen {
  readonly code?: number;
  readonly status?: string;
  readonly body?: string;
  readonly headers?: string;
  readonly trailers?: string;
  readonly reusable?: boolean;
  /** Codes of the replies before the final one. */
  readonly informed?: readonly number[];
  readonly error?: SocketError;
}

/** Does the exchange, and reads the whole body; errors that are ours are seen, too. */
export function* observe(stream: Stream, request: ExchangeRequest = GET, limit?: number): Flow<Seen> {
  const informed: number[] = [];
  const onInformational = ({ code }: ReplyHead): unknown => informed.push(code);
  let seen: Seen = {};
  try {
    const { code, status, headers, body } = yield* exchange(stream, prepared({ onInformational, ...request }));
    seen = { code, status, headers: pairs(headers), informed, reusable: false };
    const text = (yield* body.bytes(limit)).toString('latin1');
    return { ...seen, body: text, trailers: pairs(body.trailers), reusable: body.reusable };
  } catch (error) {
    if (error instanceof SocketError) return { ...seen, informed, error };
    throw error;
  }
}

function pairs(headers: Iterable<readonly [string, string]>): string {
  return Array.from(headers, ([name, value]) => `${name}=${value}`).join('&');
}

/** What is seen of the reply in pieces of one, two, seven and all, in both faces. */
export async function* inEveryWay(
  reply: string,
  request: ExchangeRequest = GET,
  end: Failure = ENDED,
): AsyncGenerator<{ way: string; seen: Seen; written: string }> {
  for (const size of [1, 2, 7, Math.max(1, reply.length)]) {
    const pieces = cut(bytes(reply), size);
    const waiting: Step[] = pieces.map((later) => ({ later }));
    for (const [face, steps] of [['await', waiting] as const, ['blocking', pieces as Step[]] as const]) {
      const io = new ScriptedIo([...steps, end]);
      const flow = observe(new Stream(io), request);
      const seen = face === 'await' ? await runAsync(flow) : runBlocking(flow);
      yield { way: `${face}, pieces of ${size}`, seen, written: Buffer.concat(io.written).toString('latin1') };
    }
  }
}
