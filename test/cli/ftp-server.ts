/** An FTP server inside the test, over sockets of node:net: files in memory, and what goes wrong at the test's word. */

import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

export interface FtpServerOptions {
  /** Certificate and key, with which the server speaks TLS from the first byte on. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Lines of MLSD, instead of those of the files. */
  readonly listing?: string;
}

export class FtpServer {
  /** By their paths, as clients say them. */
  readonly files = new Map<string, Buffer>();
  readonly directories = new Set<string>();
  /** The lines of all control connections. */
  readonly lines: string[] = [];
  /** How many bytes the next data connection carries before it is cut, with a 426. */
  cutAfter: number | undefined;
  /** What MDTM says. */
  mtime = '20200101000000';
  /** The reply to PASS. */
  login = '230 welcome';
  readonly #options: FtpServerOptions;
  readonly #sockets = new Set<Socket>();
  readonly #servers = new Set<Server>();
  #port = 0;

  private constructor(options: FtpServerOptions) {
    this.#options = options;
  }

  static async with(body: (server: FtpServer) => Promise<void>, options: FtpServerOptions = {}): Promise<void> {
    const server = new FtpServer(options);
    server.#port = await server.#listen((socket) => new Control(server, socket));
    try {
      await body(server);
    } finally {
      for (const socket of server.#sockets) socket.destroy();
      for (const listening of server.#servers) listening.close();
    }
  }

  /** `ftp://127.0.0.1:port/`. */
  get url(): string {
    return `${this.#options.tls === undefined ? 'ftp' : 'ftps'}://${this.at}`;
  }

  /** The same without its scheme. */
  get at(): string {
    return `127.0.0.1:${this.#port}/`;
  }

  get listing(): string {
    if (this.#options.listing !== undefined) return this.#options.listing;
    const files = [...this.files].map(([name, { length }]) => `type=file;size=${length}; ${name}\r\n`);
    return files.join('');
  }

  /** Takes one data connection. */
  async data(take: (socket: Socket) => void): Promise<number> {
    return await this.#listen(take);
  }

  async #listen(take: (socket: Socket) => void): Promise<number> {
    const server = createServer((plain) => {
      const { tls } = this.#options;
      const socket = tls === undefined ? plain : new TLSSocket(plain, { isServer: true, ...tls });
      this.#sockets.add(socket);
      socket.on('error', () => {});
      take(socket);
    });
    this.#servers.add(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return (server.address() as AddressInfo).port;
  }
}

/** One control connection. */
class Control {
  readonly #server: FtpServer;
  readonly #socket: Socket;
  #input = '';
  #offset = 0;
  #answering = Promise.resolve();
  #data: Promise<Socket> | undefined;

  constructor(server: FtpServer, socket: Socket) {
    this.#server = server;
    this.#socket = socket;
    socket.on('data', (piece: Buffer) => {
      this.#input += String(piece);
      for (let end = this.#input.indexOf('\r\n'); end >= 0; end = this.#input.indexOf('\r\n')) {
        const line = this.#input.slice(0, end);
        this.#input = this.#input.slice(end + 2);
        server.lines.push(line);
        this.#answering = this.#answering.then(() => this.#answer(line));
      }
    });
    this.#say('220 ready');
  }

  #say(line: string): void {
    this.#socket.write(`${line}\r\n`);
  }

  async #answer(line: string): Promise<void> {
    const [, verb = '', argument = ''] = /^(\S+) ?(.*)$/.exec(line) ?? [];
    const server = this.#server;
    const file = server.files.get(argument);
    const missing = '550 no such file';
    if (verb === 'USER') this.#say('331 password');
    else if (verb === 'PASS') this.#say(server.login);
    else if (verb === 'FEAT') this.#say('211-Features:\r\n MLST type*;size*;\r\n SIZE\r\n MDTM\r\n UTF8\r\n211 End');
    else if (verb === 'EPSV') this.#say(`229 yes (|||${await this.#passive()}|)`);
    else if (verb === 'SIZE') this.#say(file === undefined ? missing : `213 ${file.length}`);
    else if (verb === 'MDTM') this.#say(file === undefined ? missing : `213 ${server.mtime}`);
    else if (verb === 'MLST')
      this.#say(file === undefined ? missing : `250-x\r\n type=file;size=${file.length}; ${argument}\r\n250 x`);
    else if (verb === 'REST') {
      this.#offset = Number(argument);
      this.#say('350 go on');
    } else if (verb === 'PWD') this.#say('257 "/"');
    else if (verb === 'CWD') this.#say(argument === '/' || server.directories.has(argument) ? '250 yes' : missing);
    else if (verb === 'MKD')
      this.#say(server.directories.has(argument) ? '550 exists' : `257 "${this.#made(argument)}"`);
    else if (verb === 'RETR') await (file === undefined ? this.#say(missing) : this.#give(file.subarray(this.#offset)));
    else if (verb === 'MLSD')
      await (file === undefined ? this.#give(Buffer.from(server.listing)) : this.#say('501 no directory'));
    else if (verb === 'STOR' || verb === 'APPE') await this.#take(argument, verb === 'APPE' ? file : undefined);
    else if (verb === 'QUIT') this.#socket.end('221 bye\r\n');
    else this.#say('200 yes');
  }

  #made(directory: string): string {
    this.#server.directories.add(directory);
    return directory;
  }

  async #passive(): Promise<number> {
    let came: (socket: Socket) => void = () => {};
    this.#data = new Promise((done) => {
      came = done;
    });
    return await this.#server.data((socket) => came(socket));
  }

  async #give(bytes: Buffer): Promise<void> {
    const { cutAfter } = this.#server;
    this.#server.cutAfter = undefined;
    this.#offset = 0;
    this.#say('150 here it comes');
    const socket = await this.#data!;
    await new Promise<void>((done) => socket.end(bytes.subarray(0, cutAfter), done));
    this.#say(cutAfter === undefined ? '226 done' : '426 broken');
  }

  async #take(name: string, before: Buffer | undefined): Promise<void> {
    const server = this.#server;
    const { cutAfter = Number.POSITIVE_INFINITY } = server;
    server.cutAfter = undefined;
    this.#say('150 go on');
    const socket = await this.#data!;
    const pieces = before === undefined ? [] : [before];
    let taken = 0;
    await new Promise<void>((done) => {
      socket.on('data', (piece: Buffer) => {
        pieces.push(piece.subarray(0, cutAfter - taken));
        taken += piece.length;
        if (taken >= cutAfter) socket.destroy();
      });
      socket.on('close', () => done());
      socket.on('end', () => socket.end());
    });
    server.files.set(name, Buffer.concat(pieces));
    this.#say(taken >= cutAfter ? '426 broken' : '226 done');
  }
}
