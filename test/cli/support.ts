/** What the tests of the program stand on: a folder, a server that answers as it is told, and the program as it is built. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

const { bin } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly bin: { readonly moonsocket: string } };

/** The program that the package names. */
export const PROGRAM: string = path.resolve(bin.moonsocket);

export interface Ran {
  readonly status: number | NodeJS.Signals | null;
  readonly output: Buffer;
  readonly errors: string;
}

type Env = Readonly<Record<string, string>>;

/** What a run of the program is given. */
export interface Given {
  readonly input?: string | Buffer;
  readonly env?: Env;
}

/** The environment of this process, without what the program would obey. */
const OWN_ENV: Env = Object.fromEntries(
  Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !/^MOONSOCKET_|_proxy$|^NO_COLOR$/i.test(entry[0]),
  ),
);

/** One test's server and files. */
export class Place {
  readonly folder: string = mkdtempSync(path.join(tmpdir(), 'moonsocket-cli-'));
  /** Of the server, with a slash behind it. */
  readonly url: string;
  /** What the program has asked, in order. */
  readonly asked: IncomingMessage[];
  readonly #close: () => void;
  readonly #children = new Set<ChildProcess>();

  private constructor(url: string, asked: IncomingMessage[], close: () => void) {
    this.url = url;
    this.asked = asked;
    this.#close = close;
  }

  /** A folder and a server that has nothing. */
  static async alone(body: (place: Place) => Promise<void>): Promise<void> {
    await Place.with((_, response) => response.writeHead(404).end(), body);
  }

  static async with(
    answer: (request: IncomingMessage, response: ServerResponse) => void,
    body: (place: Place) => Promise<void>,
  ): Promise<void> {
    const asked: IncomingMessage[] = [];
    const server = createServer((request, response) => {
      asked.push(request);
      answer(request, response);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const place = new Place(url, asked, () => {
      server.close();
      server.closeAllConnections();
    });
    try {
      await body(place);
    } finally {
      place.#end();
    }
  }

  path(name: string): string {
    return path.join(this.folder, name);
  }

  read(name: string): Buffer {
    return readFileSync(this.path(name));
  }

  /** Runs the program in the folder. */
  run(...args: readonly string[]): Promise<Ran> {
    return this.ended(this.start(process.execPath, [PROGRAM, ...args]));
  }

  /** The same, with a standard input and an environment. */
  runWith({ input = '', env = {} }: Given, ...args: readonly string[]): Promise<Ran> {
    const child = this.start(process.execPath, [PROGRAM, ...args], env, 'pipe');
    // A program that does not read its input to the end closes it.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
    return this.ended(child);
  }

  start(command: string, args: readonly string[], env: Env = {}, stdin: 'ignore' | 'pipe' = 'ignore'): ChildProcess {
    const child = spawn(command, args, {
      cwd: this.folder,
      env: { ...OWN_ENV, ...env },
      stdio: [stdin, 'pipe', 'pipe'],
    });
    this.#children.add(child);
    return child;
  }

  async ended(child: ChildProcess): Promise<Ran> {
    const output: Buffer[] = [];
    let errors = '';
    child.stdout?.on('data', (piece: Buffer) => output.push(piece));
    child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
      errors += piece;
    });
    const status = await new Promise<number | NodeJS.Signals | null>((done, fail) => {
      child.on('error', fail);
      child.on('close', (code, signal) => done(code ?? signal));
    });
    return { status, output: Buffer.concat(output), errors };
  }

  #end(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    this.#close();
    rmSync(this.folder, { recursive: true });
  }
}

/** Answers with these bytes, or with the part of them that is asked for. */
export function serving(bytes: Buffer): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const first = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (first > 0 && first >= bytes.length) {
      response.writeHead(416, { 'Content-Range': `bytes */${bytes.length}` }).end('no such part');
      return;
    }
    const partial = first > 0 && { 'Content-Range': `bytes ${first}-${bytes.length - 1}/${bytes.length}` };
    response.writeHead(partial ? 206 : 200, { 'Content-Length': bytes.length - first, ...partial });
    response.end(bytes.subarray(first));
  };
}

/** It did what it was asked, without a word. */
export function silent({ status, output, errors }: Ran): void {
  assert.deepEqual([status, output.length, errors], [0, 0, '']);
}

/** It said why it failed, in one line. */
export function failed({ status, output, errors }: Ran, message: RegExp): void {
  assert.equal(status, 1, errors);
  assert.equal(output.length, 0);
  assert.match(errors, /^moonsocket: [^\n]+\n$/);
  assert.match(errors, message);
}
