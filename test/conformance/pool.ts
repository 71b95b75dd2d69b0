/** Runs cases in processes of their own, a few at a time, and ends by force those that do not end by themselves. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Answer } from './case-runner.ts';
import { inTime, type Outcome, type Run } from './harness.ts';
import type { FaceName } from './limits.ts';
import type { Peer } from './support.ts';

/** How long a process may take to end when it is told to, in seconds. */
const END_LIMIT = 3;

export interface PoolOptions {
  readonly face: FaceName;
  readonly peer: Peer;
  /** How many processes there are at most. */
  readonly size: number;
  /** The compiled module of the cases. */
  readonly cases?: string;
}

/** Processes are started when they are wanted, serve case after case, and are replaced when they had to be ended. */
export class Pool {
  readonly #arguments: readonly string[];
  readonly #idle: CaseProcess[] = [];
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor({ face, peer, size, cases = join(import.meta.dirname, 'cases.js') }: PoolOptions) {
    this.#arguments = [face, String(peer.port), peer.directory, cases];
    this.#free = size;
  }

  /** Runs a case as soon as there is a process for it; its time begins then. */
  readonly run: Run = async ({ name }, seconds) => {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      const child = this.#idle.pop() ?? (await CaseProcess.start(this.#arguments));
      const outcome = await child.run(name, seconds);
      if (!child.ended) this.#idle.push(child);
      return outcome;
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  };

  /** Ends the processes, when no case runs. One that ends badly is an error that no case has told. */
  async stop(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((child) => child.end()));
  }
}

class CaseProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string>;
  /** What came of the process, as soon as it is gone. */
  readonly #end: Promise<string>;
  #last = '';

  private constructor(args: readonly string[]) {
    this.#child = spawn(process.execPath, [join(import.meta.dirname, 'case-runner.js'), ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#end = once(this.#child, 'exit').then(([code, signal]) => `${signal ?? `exit code ${code}`}`);
    // A process that is gone is noticed by its answer, which does not come.
    this.#child.stdin.on('error', () => {});
  }

  static async start(args: readonly string[]): Promise<CaseProcess> {
    const started = new CaseProcess(args);
    if ((await started.#answers.next()).done) throw new Error(`no process for cases: ${await started.#end}`);
    return started;
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async run(name: string, seconds: number): Promise<Outcome> {
    const before = this.#last;
    this.#last = name;
    this.#child.stdin.write(`${name}\n`);
    const answer = await inTime(this.#answers.next(), seconds);
    if (answer === 'late') {
      await this.#kill();
      return 'late';
    }
    if (answer.done) {
      return new Error(`its process has ended (${await this.#end}), in this case or after the one before: "${before}"`);
    }
    const { error } = JSON.parse(answer.value) as Answer;
    return error === undefined ? 'passed' : Object.assign(new Error(error.message), error);
  }

  async end(): Promise<void> {
    this.#child.stdin.end();
    let end = await inTime(this.#end, END_LIMIT);
    if (end === 'late') end = `it had to be killed: ${await this.#kill()}`;
    if (end !== 'exit code 0') throw new Error(`a process of cases ended badly, after "${this.#last}": ${end}`);
  }

  async #kill(): Promise<string> {
    this.#child.kill('SIGKILL');
    return await this.#end;
  }
}
