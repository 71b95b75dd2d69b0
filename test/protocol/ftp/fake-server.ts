/** An FTP server of a script, without sockets: control and data connections whose bytes come in pieces of any size. */
import { CLOSED_HERE, ENDED, Failure, type Outcome, SocketError, TIMED_OUT } from '../../../src/core/errors.ts';
import { type Flow, type MaybePromise, runAsync, runBlocking } from '../../../src/core/flow.ts';
import type { Io } from '../../../src/core/io.ts';
import { Stream } from '../../../src/core/stream.ts';
import type { Gate } from '../../../src/core/turns.ts';
import type { ProtocolEngine } from '../../../src/protocol/connect/engine.ts';
import type { LocalFiles } from '../../../src/protocol/ftp/local-files.ts';
import type { FtpOptions } from '../../../src/protocol/ftp/options.ts';
import { connected, type FtpFace, type FtpSession } from '../../../src/protocol/ftp/session.ts';
import { Client } from '../../../src/sockets/client.ts';
import type { Runner } from '../../../src/sockets/face.ts';
import type { Listening, TcpClient } from '../../../src/sockets/tcp.ts';
import { bytes, cut } from '../../core/scripted-io.ts';

/** What a command is answered with; undefined leaves it to the usual server. `''` is no reply. */
export type Answer = string | undefined;

/** How bytes come: in pieces of this size, at once or by promises. */
export interface Way {
  readonly size: number;
  readonly face: 'await' | 'blocking';
}

/** In pieces of one, two, seven and all, in both faces. */
export const WAYS: readonly Way[] = [1, 2, 7, 1_000_000].flatMap((size) =>
  (['await', 'blocking'] as const).map((face) => ({ size, face })),
);

/** The server's address, where it has one. */
export const SERVER = '192.0.2.1';

const USUAL: Readonly<Record<string, string>> = {
  USER: '331 password',
  PASS: '230 welcome',
  FEAT: '211-Features:\r\n MLST type*;size*;\r\n SIZE\r\n UTF8\r\n211 End',
  OPTS: '200 yes',
  TYPE: '200 yes',
  EPSV: '229 yes (|||5000|)',
  QUIT: '221 bye',
};

export class FakeServer {
  /** The lines of the control connection. */
  readonly lines: string[] = [];
  /** Where connections went. */
  readonly dialed: string[] = [];
  /** What was stored. */
  stored = Buffer.alloc(0);
  /** What the next data connection gives, and how it ends. */
  gives = '';
  ends: Failure = ENDED;
  /** How the next data connection takes bytes: failing after so many. */
  takes = Number.POSITIVE_INFINITY;
  greeting = '220 ready\r\n';
  /** Whether a data connection is refused. */
  refuses = false;
  /** How the control connection ends, once all that it says is said. */
  after: Failure = TIMED_OUT;
  /** From where connections come to a port of this side. */
  callers: string[] = [];
  /** Whether connections know their addresses, and of which family these are. */
  hasAddresses = false;
  family: 'inet' | 'inet6' = 'inet';
  open = 0;
  readonly #way: Way;
  readonly #answer: (verb: string, argument: string, server: FakeServer) => Answer;
  #control: PieceIo | undefined;

  constructor(way: Way, answer: (verb: string, argument: string, server: FakeServer) => Answer = () => undefined) {
    this.#way = way;
    this.#answer = answer;
  }

  /** The server says something by itself. */
  say(text: string): void {
    this.#control?.push(text);
  }

  readonly runner: Runner<'blocking'> = {
    face: 'blocking',
    run: <T>(flow: Flow<T>): T =>
      this.#way.face === 'blocking' ? runBlocking(flow) : (runAsync(flow) as unknown as T),
    done: (value) => value,
    fail: (error) => {
      throw error;
    },
    iterate: () => {
      throw new Error('not here');
    },
  };

  get face(): FtpFace<'blocking'> {
    const { dial } = this;
    const engine: ProtocolEngine<'blocking'> = {
      *dial(host, port) {
        return dial(host, port);
      },
      listen: (address) => this.#listen(address),
      sleep: () => TIMED_OUT,
      gate: () =>
        this.#way.face === 'await'
          ? new OpenGate()
          : { wait: () => new Failure('ERR_BUSY'), waiting: false, wake() {} },
      bounded: (promise) => promise,
    };
    return { runner: this.runner, engine, files: NO_FILES, sessions: { usual: 1, most: 1 } };
  }

  /** A session with it. */
  async connect(options: Partial<FtpOptions<'blocking'>> = {}): Promise<FtpSession<'blocking'>> {
    return await this.runner.run(
      connected(this.face, { host: 'ftp.example', tls: 'never', active: false, ...options }),
    );
  }

  /** Connections from `callers`, with the server's data whoever they are. */
  *#listen(address: string): Flow<Listening<'blocking'>> {
    this.open++;
    const accept = (): Outcome<TcpClient<'blocking'>> => {
      const caller = this.callers.shift();
      return caller === undefined ? TIMED_OUT : (this.#data(caller) as TcpClient<'blocking'>);
    };
    let closed = false;
    return {
      name: { address, port: 1234, family: this.family },
      *accept() {
        return accept();
      },
      close: () => {
        if (!closed) this.open--;
        closed = true;
      },
    };
  }

  readonly dial = (host: string, port: number): Client<'blocking'> => {
    this.dialed.push(`${host}:${port}`);
    if (this.#control === undefined) {
      this.#control = new PieceIo(
        this.#way,
        (text) => this.#take(text),
        () => this.after,
      );
      this.#control.push(this.greeting);
      return this.#client(this.#control, SERVER);
    }
    if (this.refuses)
      throw new SocketError('ECONNREFUSED', 'connect ftp.example:5000: connection refused (ECONNREFUSED)');
    return this.#data(SERVER);
  };

  #data(from: string): Client<'blocking'> {
    let taken = 0;
    const data = new PieceIo(
      this.#way,
      (text) => {
        taken += text.length;
        this.stored = Buffer.concat([this.stored, bytes(text)]);
      },
      () => this.ends,
      () => this.takes - taken,
    );
    data.onRead = () => {
      if (this.gives !== '') data.push(this.gives);
      this.gives = '';
    };
    return this.#client(data, from);
  }

  #client(io: PieceIo, from: string): Client<'blocking'> {
    this.open++;
    io.onClose = () => {
      this.open--;
    };
    const client = new Client(new Stream(io), {} as Runner<'blocking'>);
    const names = {
      getpeername: () => ({ address: from, port: 21, family: this.family }),
      getsockname: () => ({
        address: this.family === 'inet' ? '192.0.2.9' : '2001:db8::9',
        port: 5,
        family: this.family,
      }),
    };
    return this.hasAddresses ? Object.assign(client, names) : client;
  }

  #take(text: string): void {
    for (const line of text.split('\r\n').slice(0, -1)) {
      this.lines.push(line);
      const [verb = '', argument = ''] = line.split(/ (.*)/s);
      const reply = this.#answer(verb, argument, this) ?? USUAL[verb] ?? '502 not known';
      if (reply !== '') this.say(`${reply}\r\n`);
    }
  }
}

/** A gate that waits as long as it takes. */
class OpenGate<T> implements Gate<T> {
  waiting = true;
  #resolve: (outcome: Outcome<T>) => void = () => {};
  readonly #opened = new Promise<Outcome<T>>((resolve) => {
    this.#resolve = resolve;
  });

  wait(): MaybePromise<Outcome<T>> {
    return this.#opened;
  }

  wake(outcome: Outcome<T>): void {
    this.waiting = false;
    this.#resolve(outcome);
  }
}

class PieceIo implements Io {
  onRead: () => void = () => {};
  onClose: () => void = () => {};
  readonly #way: Way;
  readonly #written: (text: string) => void;
  readonly #end: () => Failure;
  readonly #room: () => number;
  #pieces: Uint8Array[] = [];
  #closed = false;

  constructor(way: Way, written: (text: string) => void, end: () => Failure, room = () => Number.POSITIVE_INFINITY) {
    this.#way = way;
    this.#written = written;
    this.#end = end;
    this.#room = room;
  }

  push(text: string): void {
    this.#pieces.push(...cut(bytes(text), this.#way.size));
  }

  recv(): MaybePromise<Outcome<Uint8Array>> {
    if (this.#closed) return CLOSED_HERE;
    this.onRead();
    const piece = this.#pieces.shift() ?? this.#end();
    return this.#way.face === 'await' ? Promise.resolve(piece) : piece;
  }

  send(data: Uint8Array): MaybePromise<Outcome<number>> {
    if (this.#closed) return CLOSED_HERE;
    const length = Math.min(data.length, this.#room());
    if (length <= 0) return new Failure('ECONNRESET');
    this.#written(Buffer.from(data.subarray(0, length)).toString('latin1'));
    return this.#way.face === 'await' ? Promise.resolve(length) : length;
  }

  shutdown(): void {}

  close(): void {
    if (!this.#closed) this.onClose();
    this.#closed = true;
    this.#pieces = [];
  }

  getfd(): number {
    return -1;
  }
}

const NO_FILES: LocalFiles = {
  read: () => {
    throw new Error('no files here');
  },
  write: () => {
    throw new Error('no files here');
  },
  size: () => undefined,
  list: () => undefined,
  makeFolder() {},
  setTime() {},
  join: (folder, name) => `${folder}/${name}`,
  caseless: false,
};
