/**
 * A real server of SMTP or LMTP on the loopback, which keeps what it gets: with BDAT, SCRAM-SHA-256, greylisting, slow replies, replies
 * by rule, and connections that are killed. It runs in a thread, for both faces.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** How the sink behaves. */
export interface SinkOptions {
  /** What EHLO names. */
  readonly extensions?: readonly string[];
  /** Replies by verb, used up one by one in all sessions together; then, and for `''`, the usual ones. `''` is the greeting, `'.'` the message. */
  readonly replies?: Readonly<Record<string, readonly string[]>>;
  /** Whether each sender and recipient are told to come back the first time. */
  readonly grey?: boolean;
  /** Milliseconds before each reply, and between its bytes. */
  readonly delay?: number;
  readonly drip?: number;
  /** Of every user, for SCRAM-SHA-256. */
  readonly password?: string;
  /** Whether SCRAM-SHA-256-PLUS is offered, too. */
  readonly plus?: boolean;
  /** TLS from the first byte on. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3' };
  readonly lmtp?: boolean;
  /** Before which of its replies a session is killed: one number for each of several sessions, in turn. */
  readonly kills?: readonly number[];
  /** Whether messages are only counted. */
  readonly count?: boolean;
  /** A Unix socket instead of a port. */
  readonly path?: string;
}

/** A message that was stored. */
export interface Sunk {
  readonly id: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string | undefined;
  readonly message: string;
}

/** What has happened so far. */
export interface SinkState {
  readonly mails: readonly Sunk[];
  /** Sessions that were killed, by the verb whose reply was due. */
  readonly killed: Readonly<Record<string, number>>;
  readonly sessions: number;
  /** The most sessions at one time. */
  readonly most: number;
}

/** A sink that runs. */
export interface Sink {
  readonly port: number;
  state(): Promise<SinkState>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startSink(options: SinkOptions = {}): Promise<Sink> {
  const worker = new Worker(new URL('./sink-server.js', import.meta.url), { workerData: options });
  const next = async () => (await once(worker, 'message'))[0];
  const port = (await next()) as number;
  return {
    port,
    state: async () => {
      const state = next();
      worker.postMessage('state');
      return (await state) as SinkState;
    },
    [Symbol.asyncDispose]: async () => void (await worker.terminate()),
  };
}
