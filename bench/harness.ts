// Runs two programs in turn, A B A B ..., against one peer, and says how their figures relate; it knows nothing of what the programs do.
//
// In turn, because the machine's mood changes over minutes: two neighbours in time share it, and their ratio is worth more than either figure.
// A program may also take the turns itself, where both are to be done to the very same sockets.

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What a measured program prints as its last line: one JSON object. What is counted as `units` is the program's affair. */
export interface Result {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly units: number;
  /** CPU time of each part, where the program has parts. */
  readonly seconds?: Readonly<Record<string, number>>;
  /** Memory, where the program measures it. */
  readonly bytes?: Readonly<Record<string, number>>;
}

/** A program and the command before its arguments: `['lua5.4', 'lines.lua']`. */
export type Command = readonly [file: string, ...args: string[]];

export interface Pair {
  readonly a: Result;
  readonly b: Result;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** A child that takes longer is stuck: the longest program runs for some fifteen seconds. */
const PATIENCE_MS = 120_000;

/** One warm-up pair that nobody looks at, then `pairs` that count. Without `b`, `a` prints a pair instead of a result. */
export async function runPairs(
  a: Command,
  b: Command | undefined,
  peer: Command,
  units: number,
  pairs: number,
  warmUp = 1,
  further: readonly string[] = [],
): Promise<Pair[]> {
  await using other = await startPeer(peer);
  const args = [String(other.port), String(units), ...further];
  const measured: Pair[] = [];
  for (let i = -warmUp; i < pairs; i++) {
    const pair =
      b === undefined
        ? await runProgram<Pair>(a, args)
        : { a: await runProgram<Result>(a, args), b: await runProgram<Result>(b, args) };
    if (i >= 0) measured.push(pair);
  }
  return measured;
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((x, y) => x - y);
  const at = (index: number) => sorted.at(index) ?? Number.NaN;
  const half = sorted.length / 2;
  return { median: (at(Math.floor(half)) + at(Math.ceil(half - 1))) / 2, min: at(0), max: at(-1) };
}

/** Runs one program to its end. Its CPU time is its own account of the measured section: start-up is in neither figure. */
async function runProgram<T extends Result | Pair>([file, ...before]: Command, args: readonly string[]): Promise<T> {
  const child = spawn(file, [...before, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const patience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  const [out, err, how] = await Promise.all([text(child.stdout), text(child.stderr), ended(child)]).finally(() =>
    clearTimeout(patience),
  );
  const last = out.trimEnd().split('\n').at(-1) ?? '';
  if (how !== '0') throw new Error(`${[file, ...before].join(' ')} ended with ${how}\n${err.trim()}`);
  return JSON.parse(last) as T;
}

async function startPeer([file, ...args]: Command): Promise<{ port: number } & AsyncDisposable> {
  // Its stdin is a pipe from here, which the peer watches: it does not outlive this process.
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const gone = ended(child);
  const first = createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  const line = await Promise.race([first, gone.then((how) => ({ value: undefined, how }))]);
  if (typeof line.value !== 'string') throw new Error('the peer ended before it told its port');
  const { port } = JSON.parse(line.value) as { port: number };
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill();
      await gone;
    },
  };
}

/** The exit code, or the signal that ended it, or why it never started. */
function ended(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(String(code ?? signal)));
  });
}

async function text(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
