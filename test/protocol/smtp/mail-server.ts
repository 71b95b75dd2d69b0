/** A mail server inside the test, which answers what it is sent at once, for both faces: with bytes in pieces, and by rules. */
import { awaitRunner } from '../../../src/async/runner.ts';
import { blockingRunner } from '../../../src/blocking/runner.ts';
import { ENDED, type Failure, type Outcome, TIMED_OUT } from '../../../src/core/errors.ts';
import type { Io } from '../../../src/core/io.ts';
import { Stream } from '../../../src/core/stream.ts';
import * as awaiting from '../../../src/entry/smtp.ts';
import * as blocking from '../../../src/entry/smtp-blocking.ts';
import { Client } from '../../../src/sockets/client.ts';
import type { Face, Runner } from '../../../src/sockets/face.ts';

/**
 * Replies by what a line begins with; the longest beginning counts. An array is used up, its last entry stays. `''` is the greeting,
 * `'.'` the reply to a message, `'='` an answer without a command. `CLOSE` hangs up, `SILENCE` says nothing more.
 */
export type Rules = Readonly<Record<string, string | readonly string[]>>;

export const CLOSE = 'close';
export const SILENCE = 'silence';

const USUAL: Rules = {
  '': '220 mail.example ready',
  EHLO: '250-mail.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES',
  LHLO: '250-mail.example\r\n250 PIPELINING',
  HELO: '250 mail.example',
  MAIL: '250 2.1.0 ok',
  RCPT: '250 2.1.5 ok',
  DATA: '354 go on',
  '.': '250 2.0.0 queued as 4711',
  RSET: '250 reset',
  NOOP: '250 here',
  QUIT: '221 bye',
};

export class MailServer implements Io {
  /** All command lines that came. */
  readonly lines: string[] = [];
  /** How often something was written. */
  writes = 0;
  /** The messages, dots undone. */
  readonly messages: string[] = [];
  /** What came behind the last whole line or message. */
  closed = false;
  /** What was said, reply by reply. */
  readonly replies: string[] = [];
  /** How many bytes more it says before the connection dies. */
  left: number = Number.POSITIVE_INFINITY;
  readonly #rules: Rules;
  readonly #used = new Map<string, number>();
  readonly #size: number;
  readonly #lmtp: boolean;
  #accepted = 0;
  #input = '';
  #mode: 'lines' | 'data' | number = 'lines';
  #message = '';
  #isLast = false;
  #output = Buffer.alloc(0);
  #end: Failure | undefined;

  /** Answers in pieces of `size`. */
  constructor(rules: Rules = {}, size = 1000, lmtp = false) {
    this.#rules = { ...USUAL, ...rules };
    this.#size = size;
    this.#lmtp = lmtp;
    this.#say('');
  }

  recv(): Outcome<Uint8Array> {
    if (this.#output.length === 0) return this.#end ?? TIMED_OUT;
    const piece = this.#output.subarray(0, Math.min(this.#size, this.left));
    if (piece.length === 0) return ENDED;
    this.left -= piece.length;
    this.#output = this.#output.subarray(piece.length);
    return piece;
  }

  send(data: Uint8Array): Outcome<number> {
    this.writes++;
    this.#input += Buffer.from(data).toString('latin1');
    while (this.#step());
    return data.length;
  }

  shutdown(): void {}

  close(): void {
    this.closed = true;
  }

  getfd(): number {
    return -1;
  }

  #step(): boolean {
    if (this.#end !== undefined) return false;
    if (this.#mode === 'data') return this.#data();
    if (typeof this.#mode === 'number') return this.#chunk(this.#mode);
    const end = this.#input.indexOf('\r\n');
    if (end === -1) return false;
    const line = this.#input.slice(0, end);
    this.#input = this.#input.slice(end + 2);
    this.lines.push(line);
    this.#command(line);
    return true;
  }

  #command(line: string): void {
    const [, length, last] = /^BDAT (\d+)( LAST)?$/.exec(line) ?? [];
    if (length !== undefined) {
      this.#mode = Number(length);
      this.#isLast = last !== undefined;
      return;
    }
    const said = this.#say(line);
    if (line.startsWith('MAIL')) this.#accepted = 0;
    if (line.startsWith('RCPT') && said.startsWith('2')) this.#accepted++;
    if (line === 'DATA' && said.startsWith('354')) this.#mode = 'data';
  }

  #data(): boolean {
    const end = this.#input.startsWith('.\r\n') ? -2 : this.#input.indexOf('\r\n.\r\n');
    if (end === -1) return false;
    this.#message = this.#input.slice(0, end + 2).replace(/(^|\r\n)\./g, '$1');
    this.#input = this.#input.slice(end + 5);
    this.#ended();
    return true;
  }

  #chunk(length: number): boolean {
    if (this.#input.length < length) return false;
    this.#message += this.#input.slice(0, length);
    this.#input = this.#input.slice(length);
    this.#mode = 'lines';
    if (this.#isLast) this.#ended();
    else this.#say('BDAT');
    return true;
  }

  #ended(): void {
    this.messages.push(this.#message);
    this.#message = '';
    this.#mode = 'lines';
    for (let i = 0; i < (this.#lmtp ? this.#accepted : 1); i++) this.#say('.');
  }

  #say(line: string): string {
    const key =
      line === ''
        ? ''
        : (Object.keys(this.#rules)
            .filter((beginning) => beginning !== '' && line.startsWith(beginning))
            .sort((a, b) => b.length - a.length)[0] ?? '=');
    const rule = this.#rules[key] ?? '500 what?';
    const used = this.#used.get(key) ?? 0;
    this.#used.set(key, used + 1);
    const said = typeof rule === 'string' ? rule : (rule[Math.min(used, rule.length - 1)] as string);
    if (said.endsWith(CLOSE)) this.#end = ENDED;
    else if (said.endsWith(SILENCE)) this.#end = TIMED_OUT;
    const text = said.replace(/(?:close|silence)$/, '');
    if (text !== '') this.replies.push(`${text}\r\n`);
    if (text !== '') this.#output = Buffer.concat([this.#output, Buffer.from(`${text}\r\n`, 'latin1')]);
    return said;
  }
}

/** What both faces have in common, seen with `await`. */
export interface Faced {
  readonly name: Face;
  connect(server: MailServer, options?: object, url?: string): Promise<awaiting.SmtpSession>;
  send(server: MailServer, request: object): Promise<awaiting.SendResult>;
}

interface Calls<F extends Face> {
  connect(url: string, options: awaiting.SmtpOptions<F>): unknown;
  send(request: awaiting.SendRequest<F>): unknown;
}

function faced<F extends Face>(name: F, { connect, send }: Calls<F>, runner: Runner<F>): Faced {
  const create = (server: MailServer) => () => new Client<F>(new Stream(server), runner);
  return {
    name,
    connect: async (server, options = {}, url = 'smtp://mail.example') =>
      (await connect(url, { create: create(server), ...options })) as awaiting.SmtpSession,
    send: async (server, request) =>
      (await send({ create: create(server), ...request } as unknown as awaiting.SendRequest<F>)) as awaiting.SendResult,
  };
}

export const FACES: readonly Faced[] = [
  faced('await', awaiting, awaitRunner),
  faced('blocking', blocking, blockingRunner),
];
