/** The program on a terminal of its own, with a user who types what the test says. */
import assert from 'node:assert/strict';
import { type Place, PROGRAM } from './support.ts';

/** 60 columns, all that is shown copied; types each text once what stands before it in the arguments is seen. A program that waits for what never comes is ended. */
const TERMINAL = `
import fcntl, json, os, pty, select, signal, struct, sys, termios
typed, command = list(json.loads(sys.argv[1]).items()), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 60, 0, 0))
    os.execvp(command[0], command)
seen = b''
while True:
    if not select.select([terminal], [], [], 100)[0]:
        os.kill(pid, signal.SIGKILL)
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        break
    if not piece:
        break
    seen += piece
    sys.stdout.buffer.write(piece)
    while typed and typed[0][0].encode() in seen:
        seen = seen.split(typed[0][0].encode(), 1)[1]
        os.write(terminal, typed.pop(0)[1].encode())
_, status = os.waitpid(pid, 0)
sys.stdout.flush()
if os.WIFSIGNALED(status):
    signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
    os.kill(os.getpid(), os.WTERMSIG(status))
sys.exit(os.WEXITSTATUS(status))
`;

/** What is typed, behind what the terminal must have shown before, in order. */
export type Typing = Readonly<Record<string, string>>;

/** Runs the program with its streams on a terminal; gives how it ended, and the lines as they were written over. */
export async function onTerminal(place: Place, typing: Typing, ...args: readonly string[]) {
  return await commandOnTerminal(place, typing, process.execPath, PROGRAM, ...args);
}

/** The same of any command: of a shell, whose redirections give the program other streams. */
export async function commandOnTerminal(place: Place, typing: Typing, ...command: readonly string[]) {
  const { status, output, errors } = await place.ended(
    place.start('python3', ['-c', TERMINAL, JSON.stringify(typing), ...command]),
  );
  assert.equal(errors, '');
  return { status, text: String(output), lines: String(output).split(/[\r\n]+/) };
}
