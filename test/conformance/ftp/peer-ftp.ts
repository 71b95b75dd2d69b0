/** The peer as an FTP server over files in its memory, which cuts, stalls and lies where `SITE` has asked it to. */
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { type Bytes, bytesOf } from '../script.ts';
import { type PeerTls, upgrade } from '../tls/peer-tls.ts';
import { type PeerData, receiveFile, sendAll, sendFile } from './peer-data.ts';
import { Files } from './peer-files.ts';
import { Wishes } from './peer-wishes.ts';

/** How it serves. */
export interface PeerFtp {
  /** By AUTH TLS, or from the first byte on. */
  readonly tls?: PeerTls;
  readonly implicit?: boolean;
  /** Whether a data connection has to resume the session of TLS. */
  readonly reuse?: boolean;
  /** Whether it has MLST, MLSD and MFMT (true without it). */
  readonly mlst?: boolean;
  /** The certificate of data connections, where that is another one. */
  readonly dataCert?: string;
  /** Whether it takes PROT P (true without it). */
  readonly prot?: boolean;
  /** By path, without a slash before. */
  readonly files?: Readonly<Record<string, Bytes>>;
}

/** What it says of itself at `SITE FACTS`. */
export interface FtpFacts {
  readonly logins: number;
  readonly data: number;
  readonly resumed: number;
  /** Commands, without their arguments; how often each. */
  readonly verbs: Readonly<Record<string, number>>;
}

interface Server {
  readonly how: PeerFtp;
  readonly files: Files;
  readonly wishes: Wishes;
  readonly facts: { logins: number; data: number; resumed: number; verbs: Record<string, number> };
  open: number;
}

/** Starts one that lives as long as the peer, and gives its port. */
export async function serveFtp(how: PeerFtp): Promise<number> {
  const files = new Files();
  for (const [path, bytes] of Object.entries(how.files ?? {}))
    files.write(Buffer.from(path).toString('latin1'), bytesOf(bytes));
  files.start();
  const facts = { logins: 0, data: 0, resumed: 0, verbs: {} };
  const server: Server = { how, files, facts, wishes: new Wishes(), open: 0 };
  const listening = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.setNoDelay(true);
    socket.on('error', () => {});
    void new Session(server, socket).serve();
  });
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  return (listening.address() as AddressInfo).port;
}

type DataWay = () => Promise<Socket>;

class Session {
  readonly #server: Server;
  readonly #raw: Socket;
  #control: Socket;
  #secure = false;
  #sizes = false;
  #protects = false;
  #text = '';
  #ended = false;
  #changed: () => void = () => {};
  #cwd = '';
  #rest = 0;
  #from = '';
  #way: DataWay | undefined;
  #listening: net.Server | undefined;
  #data: Socket | undefined;

  constructor(server: Server, socket: Socket) {
    this.#server = server;
    this.#raw = socket;
    this.#control = socket;
  }

  async serve(): Promise<void> {
    const { how, facts, wishes } = this.#server;
    this.#server.open++;
    this.#raw.on('close', () => this.#server.open--);
    if (how.implicit === true) await this.#upgrade(Buffer.alloc(0));
    else this.#listen(this.#raw);
    if (this.#server.open > wishes.max) {
      this.#control.end('421 too many\r\n');
      return;
    }
    this.#say('220 ready');
    for (;;) {
      const line = await this.#line();
      if (line === undefined) break;
      const [verb = '', argument = ''] = line.split(/ (.*)/s);
      facts.verbs[verb] = (facts.verbs[verb] ?? 0) + 1;
      await this.#answer(verb, argument);
    }
    this.#listening?.close();
    this.#data?.destroy();
    this.#control.end();
  }

  #listen(socket: Socket): void {
    socket.on('data', (piece: Buffer) => {
      this.#text += piece.toString('latin1');
      this.#changed();
    });
    for (const end of ['end', 'close', 'error'])
      socket.on(end, () => {
        this.#ended = true;
        this.#changed();
      });
  }

  async #line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\r\n');
      if (end >= 0) {
        const line = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        return line;
      }
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  #say(text: string): void {
    this.#control.write(`${text}\r\n`, 'latin1');
  }

  async #upgrade(unread: Buffer): Promise<void> {
    this.#raw.removeAllListeners('data').removeAllListeners('end');
    const { socket } = await upgrade(this.#raw, unread, this.#server.how.tls as PeerTls);
    this.#control = socket;
    this.#secure = true;
    this.#listen(socket);
  }

  #path(name: string): string {
    const base = name.startsWith('/') ? [] : this.#cwd.split('/');
    const parts: string[] = [];
    for (const part of [...base, ...name.split('/')]) {
      if (part === '..') parts.pop();
      else if (part !== '' && part !== '.') parts.push(part);
    }
    return parts.join('/');
  }

  async #answer(verb: string, argument: string): Promise<void> {
    const { how, files, facts } = this.#server;
    const path = this.#path(argument);
    const yes = (done: boolean, text = '250 done'): void => this.#say(done ? text : '550 no');
    switch (verb) {
      case 'AUTH': {
        if (how.tls === undefined) return this.#say('502 no');
        const injected = this.#server.wishes.inject ? '220 plain bytes\r\n' : '';
        this.#server.wishes.inject = false;
        this.#raw.write(`234 go on\r\n${injected}`);
        return await this.#upgrade(Buffer.alloc(0));
      }
      case 'USER':
        return this.#say(how.tls !== undefined && !this.#secure ? '530 TLS first' : '331 password');
      case 'PASS':
        facts.logins++;
        return this.#say('230 welcome');
      case 'FEAT': {
        const mlst = how.mlst === false ? '' : ' MLST type*;size*;modify*;\r\n MFMT\r\n';
        return this.#say(`211-Features:\r\n${mlst} MDTM\r\n SIZE\r\n REST STREAM\r\n UTF8\r\n211 End`);
      }
      case 'PBSZ':
        this.#sizes = this.#secure;
        return this.#say(this.#secure ? '200 yes' : '503 AUTH first');
      case 'PROT':
        // RFC 4217, section 9: PBSZ comes before.
        if (!this.#sizes) return this.#say('503 PBSZ first');
        this.#protects = argument === 'P' && how.prot !== false;
        return this.#say(how.prot === false ? '534 no' : '200 yes');
      case 'EPSV':
        return await this.#listenForData();
      case 'PORT': {
        const [a, b, c, d, high, low] = argument.split(',');
        const [host, port] = [`${a}.${b}.${c}.${d}`, Number(high) * 256 + Number(low)];
        this.#way = async () => {
          const socket = net.connect({ host, port });
          await once(socket, 'connect');
          return socket;
        };
        return this.#say('200 yes');
      }
      case 'REST':
        if (this.#server.wishes.noRest) return this.#say('502 no');
        this.#rest = Number(argument);
        return this.#say('350 go on');
      case 'RETR': {
        const file = this.#server.wishes.denied.has(path) ? undefined : files.read(path);
        if (file === undefined) return this.#say('550 no');
        const rest = this.#rest;
        this.#rest = 0;
        return await this.#transfer((over) =>
          sendFile(over, file.subarray(rest), () => files.write(path, Buffer.from(file).reverse())),
        );
      }
      case 'STOR':
      case 'APPE': {
        if (this.#server.wishes.denied.has(path) || !files.isFolder(folderOf(path))) return this.#say('553 no');
        const at = verb === 'APPE' ? (files.read(path)?.length ?? 0) : this.#rest;
        this.#rest = 0;
        return await this.#transfer((over) => receiveFile(over, files, path, at), true);
      }
      case 'MLSD':
      case 'LIST':
      case 'NLST': {
        const folder = this.#path(argument.replace(/^-a ?/, ''));
        if (!files.isFolder(folder)) return this.#say('550 no');
        const lies = verb === 'MLSD' ? this.#server.wishes.lies : [];
        const lines = [...files.list(folder, verb), ...lies].map((line) => `${line}\r\n`).join('');
        return await this.#transfer((over) => sendAll(over, Buffer.from(lines, 'latin1')));
      }
      case 'MLST': {
        const facts = files.facts(path);
        return this.#say(facts === undefined ? '550 no' : `250-here\r\n ${facts} ${argument}\r\n250 end`);
      }
      case 'SIZE':
        return yes(files.read(path) !== undefined, `213 ${files.read(path)?.length}`);
      case 'MDTM':
        return yes(files.timeOf(path) !== undefined, `213 ${files.timeOf(path)}`);
      case 'MFMT': {
        const [time = '', name = ''] = argument.split(/ (.*)/s);
        return yes(files.setTime(this.#path(name), time), '213 yes');
      }
      case 'CWD':
        if (files.isFolder(path)) this.#cwd = path;
        return yes(files.isFolder(path));
      case 'PWD':
        return this.#say(`257 "/${this.#cwd}"`);
      case 'MKD':
        return yes(files.makeFolder(path), '257 done');
      case 'RMD':
      case 'DELE':
        return yes(files.remove(path));
      case 'RNFR':
        this.#from = path;
        return this.#say('350 go on');
      case 'RNTO':
        return yes(files.rename(this.#from, path));
      case 'SITE':
        return this.#site(argument);
      case 'ABOR':
        return this.#say('226 aborted');
      case 'QUIT':
        this.#say('221 bye');
        this.#ended = true;
        return;
      default:
        return this.#say(/^(?:OPTS|TYPE|NOOP)$/.test(verb) ? '200 yes' : '502 no');
    }
  }

  #site(argument: string): void {
    const { wishes, facts } = this.#server;
    this.#say(wishes.take(argument) ? `200 ${JSON.stringify(facts)}` : '501 no');
  }

  async #listenForData(): Promise<void> {
    const listening = net.createServer({ allowHalfOpen: true, pauseOnConnect: true });
    listening.listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const coming = once(listening, 'connection').finally(() => listening.close());
    this.#listening?.close();
    this.#listening = listening;
    this.#way = async () => ((await coming) as [Socket])[0];
    this.#say(`229 yes (|||${(listening.address() as AddressInfo).port}|)`);
  }

  /** 150, what `move` does over the data connection, and what it says to that. */
  async #transfer(move: (over: PeerData) => Promise<string>, receives = false): Promise<void> {
    const way = this.#way;
    this.#way = undefined;
    if (way === undefined) return this.#say('425 no data connection');
    const { how, facts, wishes } = this.#server;
    if (wishes.hush) {
      wishes.hush = false;
      const data = await way();
      data.on('error', () => {}).on('end', () => data.destroy());
      data.resume();
      await once(data, 'close');
      return this.#say('150 here\r\n426 broken');
    }
    this.#say('150 here');
    const raw = await way().catch(() => undefined);
    if (raw === undefined) return this.#say('425 no data connection');
    raw.on('error', () => {});
    facts.data++;
    let data = raw;
    const wire: Buffer[] = [];
    if (this.#protects) {
      raw.on('data', (piece: Buffer) => wire.push(piece));
      const { tickets, ...tls } = how.tls as PeerTls;
      // With other keys of tickets the session is no proof, and the certificate is shown.
      const own = how.dataCert === undefined ? { tickets } : { cert: how.dataCert };
      const secure = await upgrade(raw, Buffer.alloc(0), { ...tls, ...own } as PeerTls);
      data = secure.socket;
      if (secure.error !== undefined || secure.socket.getPeerFinished() === undefined) {
        raw.destroy();
        return this.#say(`425 the handshake failed: ${secure.error}`);
      }
      if (secure.socket.isSessionReused()) facts.resumed++;
      else if (how.reuse === true) {
        data.destroy();
        return this.#say('522 the session was not resumed');
      }
    }
    this.#data = raw;
    const reply = await move({ data, raw, wishes: this.#server.wishes, die: () => this.#die() });
    this.#data = undefined;
    const isCut = this.#protects && !endsWithGoodbye(Buffer.concat(wire));
    this.#say(isCut && reply.startsWith('226') && receives ? '426 no goodbye of TLS' : reply);
  }

  #die(): string {
    this.#data?.resetAndDestroy();
    this.#raw.resetAndDestroy();
    return '';
  }
}

/** Whether the last record is an alert: of TLS 1.2 by its type, of 1.3 by its length, since it is disguised (RFC 8446, 5.2). */
function endsWithGoodbye(bytes: Buffer): boolean {
  let [type, length] = [0, 0];
  for (let at = 0; at + 5 <= bytes.length; at += 5 + length) {
    type = bytes[at] as number;
    length = bytes.readUInt16BE(at + 3);
  }
  return type === 21 || (type === 23 && length === 19);
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
