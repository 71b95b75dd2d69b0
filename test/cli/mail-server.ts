/** A mail server inside the test, over a socket: what it was sent, and replies by the beginning of a command. */
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** Replies instead of the usual ones, by what a line begins with; `.` is the reply to a message. */
export type Replies = Readonly<Record<string, string>>;

const USUAL: Replies = {
  EHLO: '250-mail.example\r\n250-8BITMIME\r\n250 PIPELINING',
  DATA: '354 go on',
  QUIT: '221 bye',
};

export class MailServer {
  /** Without a scheme. */
  readonly at: string;
  readonly lines: string[] = [];
  readonly messages: string[] = [];

  private constructor(port: number) {
    this.at = `127.0.0.1:${port}`;
  }

  static async with(body: (server: MailServer) => Promise<void>, replies: Replies = {}): Promise<void> {
    const sockets = new Set<Socket>();
    const listening = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      server.#serve(socket, { ...USUAL, ...replies });
    });
    await new Promise<void>((done) => listening.listen(0, '127.0.0.1', done));
    const server = new MailServer((listening.address() as AddressInfo).port);
    try {
      await body(server);
    } finally {
      for (const socket of sockets) socket.destroy();
      listening.close();
    }
  }

  #serve(socket: Socket, replies: Replies): void {
    let input = '';
    let message: string | undefined;
    socket.write('220 mail.example\r\n');
    socket.on('data', (piece: Buffer) => {
      input += piece.toString('latin1');
      for (;;) {
        const ending = message === undefined ? '\r\n' : '\r\n.\r\n';
        // An empty message is the line with the dot alone.
        const text: string = message === undefined ? input : `\r\n${input}`;
        const end = text.indexOf(ending);
        if (end < 0) return;
        const line = text.slice(message === undefined ? 0 : 2, Math.max(end, message === undefined ? 0 : 2));
        input = text.slice(end + ending.length);
        if (message !== undefined) {
          this.messages.push(line);
          message = undefined;
          socket.write(`${replies['.'] ?? '250 2.0.0 queued'}\r\n`);
          continue;
        }
        this.lines.push(line);
        const key = Object.keys(replies).find((beginning) => line.startsWith(beginning));
        socket.write(`${key === undefined ? '250 2.1.0 ok' : replies[key]}\r\n`);
        if (line === 'DATA') message = '';
      }
    });
  }
}
