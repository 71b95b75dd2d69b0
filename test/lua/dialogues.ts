/** Servers of FTP and SMTP by rules, and one script with us and with LuaSocket against them: equal to the caller and on the wire. */
import assert from 'node:assert/strict';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { ENDED } from '../../src/core/errors.ts';
import { Child, type Cleanup } from '../peers/tools.ts';
import { MailServer, type Rules } from '../protocol/smtp/mail-server.ts';
import { PROGRAMS, SHOW } from './support.ts';

/** A server that runs; the lines that it was sent, in the order of their sessions. */
export interface ScriptedServer {
  readonly port: number;
  readonly lines: string[];
}

/** Writes in pieces of `cut`, each its own segment as far as the kernel keeps them apart. */
async function write(socket: Socket, bytes: Buffer, cut: number | undefined): Promise<void> {
  const size = cut ?? bytes.length;
  for (let at = 0; at < bytes.length && !socket.destroyed; at += size) {
    socket.write(bytes.subarray(at, at + size));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function listening(cleanup: Cleanup, take: (socket: Socket) => void): Promise<{ server: Server; port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    take(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanup.defer(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { server, port: (server.address() as AddressInfo).port };
}

/** Replies by a command, or undefined for the usual one. `user` is who has logged in; `''` is no reply, and null hangs up. */
export type FtpRules = (command: string, user: string) => string | null | undefined;

const USUAL: Readonly<Record<string, string>> = {
  '': '120-soon\r\n a line\r\n120 ready\r\n220 now',
  USER: '331 password',
  PASS: '230-welcome\r\n230 here',
  TYPE: '200 yes',
  CWD: '250 there',
  QUIT: '221 bye',
};

/** What is given to whoever asks for a file. */
export const FILE: Buffer = Buffer.from('\0\r\n\xff.\r\n..\n'.repeat(700), 'latin1');

export async function startFtp(cleanup: Cleanup, cut: number | undefined, rules: FtpRules): Promise<ScriptedServer> {
  const lines: string[] = [];
  const { port } = await listening(cleanup, (control) => {
    let user = '';
    let data: Promise<Socket> | undefined;
    let input = '';
    let turn = Promise.resolve();
    const say = (text: string): Promise<void> => write(control, Buffer.from(`${text}\r\n`, 'latin1'), cut);
    const passive = async (): Promise<number> => {
      let arrived: (socket: Socket) => void = () => {};
      data = new Promise((resolve) => {
        arrived = resolve;
      });
      return (await listening(cleanup, arrived)).port;
    };
    const active = (address: string, to: number): void => {
      data = new Promise((resolve) => {
        const socket = connect({ port: to, host: address, allowHalfOpen: true }, () => resolve(socket));
        socket.on('error', () => {});
      });
    };
    const obey = async (line: string): Promise<void> => {
      const [verb = '', argument = ''] = line.split(/ (.*)/s);
      if (verb === 'USER') user = argument;
      const ruled = rules(line, user);
      if (ruled === null) {
        control.destroy();
        return;
      }
      if (ruled !== undefined) return ruled === '' ? undefined : say(ruled);
      if (verb === 'EPSV') return say(`229 here (|||${await passive()}|)`);
      const bytes = (n: number): string => `${n >> 8},${n & 255}`;
      if (verb === 'PASV') return say(`227 here (127,0,0,1,${bytes(await passive())}).`);
      if (verb === 'PORT') {
        const [, to, high, low] = /^(\d+,\d+,\d+,\d+),(\d+),(\d+)$/.exec(argument) ?? [];
        active(to!.replaceAll(',', '.'), Number(high) * 256 + Number(low));
        return say('200 yes');
      }
      if (verb === 'EPRT') {
        const [, , address, to] = argument.split('|');
        active(address!, Number(to));
        return say('200 yes');
      }
      if (verb === 'RETR' || verb === 'NLST') {
        await say('150-here it comes\r\n150 now');
        const socket = await data!;
        await write(socket, FILE, cut === undefined ? undefined : cut * 100);
        socket.end();
        return say('226 done');
      }
      if (verb === 'STOR' || verb === 'APPE') {
        await say('150 go on');
        let size = 0;
        for await (const piece of await data!) size += (piece as Buffer).length;
        lines.push(`(${size} bytes)`);
        return say('226 done');
      }
      return say(USUAL[verb] ?? '502 what?');
    };
    control.on('data', (piece) => {
      input += piece.toString('latin1');
      const all = input.split('\r\n');
      input = all.pop()!;
      for (const line of all) {
        lines.push(line.replace(/^(PORT .*),\d+,\d+$/, '$1,P').replace(/^(EPRT .*\|)\d+\|$/, '$1P|'));
        turn = turn.then(() => obey(line));
      }
    });
    control.on('end', () => control.end());
    const greeting = rules('', '');
    if (greeting !== '') turn = turn.then(() => say(greeting ?? USUAL['']!));
  });
  return { port, lines };
}

/** An SMTP server; messages stand among the lines. */
export async function startSmtp(cleanup: Cleanup, cut: number | undefined, rules: Rules): Promise<ScriptedServer> {
  const lines: string[] = [];
  const { port } = await listening(cleanup, (socket) => {
    const session = new MailServer(rules, cut ?? 1000);
    let [seen, messages] = [0, 0];
    let turn = Promise.resolve();
    const answer = async (): Promise<void> => {
      let piece = session.recv();
      for (; Buffer.isBuffer(piece); piece = session.recv()) await write(socket, piece, undefined);
      if (piece === ENDED) socket.end();
    };
    socket.on('data', (piece) => {
      session.send(piece as Buffer);
      lines.push(...session.lines.slice(seen), ...session.messages.slice(messages).map((text) => JSON.stringify(text)));
      [seen, messages] = [session.lines.length, session.messages.length];
      turn = turn.then(answer);
    });
    socket.on('end', () => socket.end());
    turn = turn.then(answer);
  });
  return { port, lines };
}

/** What a script prints in one of the two. */
export async function printed(cleanup: Cleanup, host: keyof typeof PROGRAMS, code: string): Promise<string[]> {
  const [command, ...before] = PROGRAMS[host];
  const child = new Child(cleanup, command, [...before, '-e', SHOW + code]);
  const end = await child.ended;
  assert.deepEqual([end, child.stderr], [{ code: 0, signal: null }, '']);
  return child.stdout.split('\n');
}

/** Both print the same, and say the same to a server of their own. `{PORT}` in the code is its port. Returns both. */
export async function alike(
  cleanup: Cleanup,
  start: () => Promise<ScriptedServer>,
  code: string,
): Promise<{ readonly output: readonly string[]; readonly lines: readonly string[] }> {
  const [theirs, ours] = [await start(), await start()];
  const output = await printed(cleanup, 'native', code.replaceAll('{PORT}', String(theirs.port)));
  const masked = (lines: readonly string[], { port }: ScriptedServer): string[] =>
    lines.map((line) => line.replaceAll(String(port), 'PORT'));
  const printedByUs = await printed(cleanup, 'ours', code.replaceAll('{PORT}', String(ours.port)));
  assert.deepEqual(masked(printedByUs, ours), masked(output, theirs));
  assert.deepEqual(ours.lines, theirs.lines);
  return { output, lines: theirs.lines };
}
