/** The server of `sink.ts`, in a thread of its own, so that a client that blocks can talk with it. */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { parentPort, workerData } from 'node:worker_threads';
import type { SinkOptions, SinkState, Sunk } from './sink.ts';

const options = workerData as SinkOptions;
const extensions = options.extensions ?? ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'SIZE 20000000', 'CHUNKING'];
const mails: Sunk[] = [];
const killed: Record<string, number> = {};
const greyed = new Set<string>();
const used: Record<string, number> = {};
let sessions = 0;
let open = 0;
let most = 0;

class Session {
  readonly #socket: Socket;
  readonly #number = ++sessions;
  #input = Buffer.alloc(0);
  #wanted: (() => void) | undefined;
  #over = false;
  #replies = 0;
  #hasSender = false;
  #from = '';
  #to: string[] = [];
  #chunks: Buffer[] = [];
  #user: string | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    most = Math.max(most, ++open);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      this.#input = Buffer.concat([this.#input, chunk]);
      this.#wanted?.();
    });
    socket.on('close', () => {
      this.#over = true;
      open--;
      this.#wanted?.();
    });
  }

  async run(): Promise<void> {
    try {
      await this.#say('', '220 sink ready');
      for (;;) await this.#command((await this.#line()).toString('latin1'));
    } catch (error) {
      if (error !== GONE) throw error;
    } finally {
      this.#socket.destroySoon();
    }
  }

  async #command(line: string): Promise<void> {
    const verb = line.slice(0, 4).toUpperCase();
    switch (verb) {
      case 'EHLO':
      case 'LHLO': {
        const all = [
          ...extensions,
          ...(options.password === undefined
            ? []
            : [`AUTH SCRAM-SHA-256${options.plus === true ? ' SCRAM-SHA-256-PLUS' : ''}`]),
        ];
        return void (await this.#say(
          verb,
          ['sink', ...all].map((text, i) => `250${i === all.length ? ' ' : '-'}${text}`).join('\r\n'),
        ));
      }
      case 'AUTH':
        return await this.#scram(line.split(' ')[2] ?? '');
      case 'MAIL':
        this.#to = [];
        this.#hasSender = (await this.#say(verb, '250 2.1.0 ok')) !== undefined;
        this.#from = /<(.*)>/.exec(line)?.[1] ?? '';
        this.#chunks = [];
        return;
      case 'RCPT':
        return await this.#recipient(/<(.*)>/.exec(line)?.[1] ?? '');
      case 'DATA':
        if (this.#to.length === 0) return void (await this.#say(verb, '503 5.5.1 no recipient'));
        if ((await this.#say(verb, '354 go on')) !== undefined) await this.#data();
        return;
      case 'BDAT': {
        const [, length, last] = /^BDAT (\d+)( LAST)?$/.exec(line) ?? [];
        this.#chunks.push(await this.#bytes(Number(length)));
        if (last === undefined) return void (await this.#say(verb, '250 so far'));
        return await this.#ended();
      }
      case 'QUIT':
        await this.#say(verb, '221 bye');
        throw GONE;
      default:
        await this.#say(verb, verb === 'RSET' || verb === 'NOOP' ? '250 ok' : '500 what?');
    }
  }

  async #recipient(address: string): Promise<void> {
    if (!this.#hasSender) return void (await this.#say('no rule', '503 5.5.1 no sender'));
    const pair = `${this.#from} ${address}`;
    const isNew = options.grey === true && !greyed.has(pair);
    greyed.add(pair);
    const said = await this.#say('RCPT', isNew ? '451 4.7.1 greylisted, come back' : '250 2.1.5 ok');
    if (said !== undefined && !isNew) this.#to.push(address);
  }

  async #data(): Promise<void> {
    for (;;) {
      const line = await this.#line();
      if (line.length === 1 && line[0] === 0x2e) break;
      this.#chunks.push(line[0] === 0x2e ? line.subarray(1) : line, Buffer.from('\r\n'));
    }
    await this.#ended();
  }

  /** The message is stored, and then its reply is said, or not. */
  async #ended(): Promise<void> {
    const message = Buffer.concat(this.#chunks).toString('latin1');
    this.#chunks = [];
    const [id = ''] = /(?<=^Message-ID: )\S+/im.exec(message) ?? [];
    const mail = {
      id,
      from: this.#from,
      to: this.#to,
      user: this.#user,
      message: options.count === true ? '' : message,
    };
    // Half of the kills come before the message is stored, and half after that.
    if (this.#killsNow && this.#number % 2 === 0) return await this.#kill('.');
    const said = options.replies?.['.']?.[used['.'] ?? 0];
    if (said === undefined || said === '' || said.startsWith('2')) mails.push(mail);
    for (const _ of options.lmtp === true ? this.#to : [0]) await this.#say('.', '250 2.0.0 queued');
  }

  /** What the rules have, else what is usual. Undefined if it says no. */
  async #say(verb: string, usual: string): Promise<string | undefined> {
    if (this.#killsNow) await this.#kill(verb);
    this.#replies++;
    const at = used[verb] ?? 0;
    used[verb] = at + 1;
    const said = options.replies?.[verb]?.[at] || usual;
    if (options.delay !== undefined) await pause(options.delay);
    const bytes = Buffer.from(`${said}\r\n`, 'latin1');
    if (options.drip === undefined) this.#socket.write(bytes);
    else
      for (const byte of bytes) {
        this.#socket.write(Buffer.from([byte]));
        await pause(options.drip);
      }
    if (said.startsWith('421')) throw GONE;
    return /^[23]/.test(said) ? said : undefined;
  }

  get #killsNow(): boolean {
    const { kills } = options;
    return kills !== undefined && kills[this.#number % kills.length] === this.#replies;
  }

  async #kill(verb: string): Promise<never> {
    killed[verb] = (killed[verb] ?? 0) + 1;
    // Some with a reset, some with an end, and some in the middle of the reply.
    if (this.#number % 3 === 0) this.#socket.resetAndDestroy();
    else if (this.#number % 3 === 1) this.#socket.end('25');
    else this.#socket.destroy();
    throw GONE;
  }

  async #scram(initial: string): Promise<void> {
    const first = Buffer.from(initial, 'base64').toString();
    const [, header = '', bare = '', user = '', nonce = ''] =
      /^([ny]|p=tls-exporter),,(n=([^,]*),r=(.*))$/.exec(first) ?? [];
    const salt = Buffer.from('0123456789abcdef');
    const challenge = `r=${nonce}sink,s=${salt.toString('base64')},i=4096`;
    await this.#say('AUTH', `334 ${Buffer.from(challenge).toString('base64')}`);
    const answer = Buffer.from((await this.#line()).toString(), 'base64').toString();
    const [, rest = '', proof = ''] = /^(.*),p=(.*)$/.exec(answer) ?? [];
    const hmac = (key: Buffer, data: string) => createHmac('sha256', key).update(data).digest();
    const salted = pbkdf2Sync(options.password ?? '', salt, 4096, 32, 'sha256');
    const stored = createHash('sha256').update(hmac(salted, 'Client Key')).digest();
    const message = `${bare},${challenge},${rest}`;
    const signature = hmac(stored, message);
    const key = Buffer.from(proof, 'base64').map((byte, i) => byte ^ (signature[i] as number));
    // RFC 9266, section 2; and section 6 of RFC 5802: who could bind, and says that nothing was offered, was deceived.
    const isBound = header.startsWith('p=');
    const binding = isBound
      ? (this.#socket as TLSSocket).exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0))
      : Buffer.alloc(0);
    const bound = Buffer.concat([Buffer.from(`${header},,`), binding]).toString('base64');
    const isDeceived = header === 'y' && options.plus === true;
    if (!rest.startsWith(`c=${bound},`) || isDeceived) return void (await this.#say('AUTH', '535 5.7.8 not bound'));
    if (!createHash('sha256').update(key).digest().equals(stored))
      return void (await this.#say('AUTH', '535 5.7.8 no'));
    const verdict = `v=${hmac(hmac(salted, 'Server Key'), message).toString('base64')}`;
    await this.#say('AUTH', `334 ${Buffer.from(verdict).toString('base64')}`);
    await this.#line();
    this.#user = `${header} ${user}`;
    await this.#say('AUTH', '235 2.7.0 welcome');
  }

  async #line(): Promise<Buffer> {
    while (!this.#input.includes('\r\n')) await this.#more();
    const end = this.#input.indexOf('\r\n');
    const line = this.#input.subarray(0, end);
    this.#input = this.#input.subarray(end + 2);
    return line;
  }

  async #bytes(length: number): Promise<Buffer> {
    while (this.#input.length < length) await this.#more();
    const bytes = this.#input.subarray(0, length);
    this.#input = this.#input.subarray(length);
    return bytes;
  }

  async #more(): Promise<void> {
    if (this.#over) throw GONE;
    await new Promise<void>((resolve) => {
      this.#wanted = resolve;
    });
    this.#wanted = undefined;
  }
}

/** The connection is over. */
const GONE = Symbol('gone');

const serve = (socket: Socket) => void new Session(socket).run();
const server = options.tls === undefined ? createServer(serve) : createTlsServer(options.tls, serve);
const ready = (): void => {
  const address = server.address();
  parentPort?.postMessage(typeof address === 'object' && address !== null ? address.port : 0);
};
if (options.path === undefined) server.listen(0, '127.0.0.1', ready);
else server.listen(options.path, ready);

parentPort?.on('message', () => {
  const state: SinkState = { mails, killed, sessions, most };
  parentPort?.postMessage(state);
});
