/** `moonsocket get` on a terminal, and what Ctrl-C leaves. */
import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { describe, it } from 'node:test';
import { eventually, needs } from '../peers/tools.ts';
import { Place, PROGRAM, serving } from './support.ts';

/** Runs a program on a terminal of its own: 60 columns, all it shows copied; types Ctrl-C once the first argument is seen. */
const TERMINAL = `
import fcntl, os, pty, signal, struct, sys, termios
wanted, command = sys.argv[1].encode(), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 60, 0, 0))
    os.execvp(command[0], command)
seen = b''
while True:
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        break
    if not piece:
        break
    seen += piece
    sys.stdout.buffer.write(piece)
    if wanted and wanted in seen:
        os.write(terminal, b'\\x03')
        wanted = b''
_, status = os.waitpid(pid, 0)
sys.stdout.flush()
if os.WIFSIGNALED(status):
    signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
    os.kill(os.getpid(), os.WTERMSIG(status))
sys.exit(os.WEXITSTATUS(status))
`;

/** Runs it with its standard error on a terminal; gives how it ended, and the lines as they were written over. */
async function onTerminal(place: Place, interruptAt: string, ...args: readonly string[]) {
  const command = ['-c', TERMINAL, interruptAt, process.execPath, PROGRAM, ...args];
  const { status, output, errors } = await place.ended(place.start('python3', command));
  assert.equal(errors, '');
  return { status, text: String(output), lines: String(output).split(/[\r\n]+/) };
}

describe('a terminal', needs('python3'), () => {
  it('shows how far the download is, in one line', () =>
    Place.with(serving(Buffer.alloc(5_000_000)), async (place) => {
      const { status, text, lines } = await onTerminal(place, '', 'get', `${place.url}file`);
      assert.equal(status, 0, text);
      assert.match(text, /100%.* {2}4\.8 MiB of 4\.8 MiB {2}.*\/s {2}0:00 left *\r\n$/);
      assert.equal(text.split('\n').length, 2, 'one line');
      for (const line of lines) assert.ok(line.length < 60, line);
      assert.equal(statSync(place.path('file')).size, 5_000_000);
    }));

  it('says why it failed in a line of its own, below', () =>
    Place.with(
      (_, response) => {
        response.writeHead(200, { 'Content-Length': 10 });
        response.write('01234', () => response.destroy());
      },
      async (place) => {
        const { status, text } = await onTerminal(place, '', 'get', `${place.url}file`);
        assert.equal(status, 1);
        assert.match(text, / 50%[^\n]*\r\nmoonsocket: GET http:[^\n]* \(200 OK\): the body was cut off[^\n]*\r\n$/);
      },
    ));

  it('shows no progress among the text of the download', () =>
    Place.with(serving(Buffer.from('text\n')), async (place) => {
      const { status, text } = await onTerminal(place, '', 'get', '-o', '-', place.url);
      assert.deepEqual([status, text], [0, 'text\r\n']);
    }));

  it('says that there is nothing left to do', () =>
    Place.with(serving(Buffer.from('text')), async (place) => {
      await onTerminal(place, '', 'get', `${place.url}file`);
      const { status, text } = await onTerminal(place, '', 'get', '-C', `${place.url}file`);
      assert.deepEqual([status, text], [0, 'moonsocket: it is complete already\r\n']);
    }));

  it('is left at the beginning of a line by Ctrl-C, which ends the program and keeps the part', () =>
    Place.with(
      (_, response) => {
        response.writeHead(200, { 'Content-Length': 10 });
        response.write('01234');
      },
      async (place) => {
        const { status, text } = await onTerminal(place, ' 50%', 'get', `${place.url}file`);
        assert.equal(status, 'SIGINT', text);
        assert.match(text, / 50% [^\n]*\r\n$/);
        assert.deepEqual(readdirSync(place.folder), ['file.part']);
        assert.equal(String(place.read('file.part')), '01234');
      },
    ));
});

describe('SIGINT', () => {
  it('ends the program, and keeps the part for -C', async () => {
    let stalling = true;
    const whole = serving(Buffer.from('0123456789'));
    await Place.with(
      (request, response) => {
        if (!stalling) return whole(request, response);
        response.writeHead(200, { 'Content-Length': 10 });
        response.write('01234');
      },
      async (place) => {
        const child = place.start(process.execPath, [PROGRAM, 'get', `${place.url}file`]);
        const ended = place.ended(child);
        const part = place.path('file.part');
        await eventually('a part', () => statSync(part, { throwIfNoEntry: false })?.size === 5);
        child.kill('SIGINT');
        assert.deepEqual(await ended, { status: 'SIGINT', output: Buffer.alloc(0), errors: '' });
        stalling = false;
        assert.equal((await place.run('get', '-C', `${place.url}file`)).status, 0);
        assert.equal(String(place.read('file')), '0123456789');
      },
    );
  });
});
