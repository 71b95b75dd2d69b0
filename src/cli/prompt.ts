/** Asks for a password on the terminal, which does not show what is typed. */
import { openSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { CommandError } from './errors.ts';

/** The terminal of the program, whatever its standard streams are. */
const TERMINAL = '/dev/tty';

const [CTRL_C, CTRL_D, CTRL_U, BACKSPACE, DELETE] = ['\x03', '\x04', '\x15', '\b', '\x7f'];

/**
 * What is typed up to Enter. Ctrl-C ends the program, as it does elsewhere.
 *
 * @throws CommandError where there is no terminal, and for an end without Enter
 */
export async function promptSecret(question: string): Promise<string> {
  const terminal = openTerminal();
  try {
    // Before the question: a quick user's answer would be shown.
    terminal.setRawMode(true);
    process.stderr.write(question);
    return await typed(terminal);
  } finally {
    terminal.setRawMode(false);
    terminal.destroy();
    process.stderr.write('\n');
  }
}

function openTerminal(): ReadStream {
  try {
    return new ReadStream(openSync(TERMINAL, 'r+'));
  } catch (cause) {
    const ways = '--password-file FILE or MOONSOCKET_PASSWORD gives it';
    throw new CommandError(`there is no terminal to ask for the password on; ${ways}`, { cause });
  }
}

function typed(terminal: ReadStream): Promise<string> {
  let text = '';
  return new Promise((done, fail) => {
    const cancelled = (): void => fail(new CommandError('no password was given'));
    const take = (key: string): void => {
      if (key === '\r' || key === '\n') done(text);
      else if (key === CTRL_C) interrupt(terminal);
      else if (key === CTRL_D) cancelled();
      else if (key === CTRL_U) text = '';
      else if (key === BACKSPACE || key === DELETE) text = [...text].slice(0, -1).join('');
      else text += key;
    };
    terminal.setEncoding('utf8');
    terminal.on('data', (keys) => {
      for (const key of String(keys)) take(key);
    });
    terminal.on('error', fail);
    terminal.on('end', cancelled);
  });
}

/** The terminal shows what is typed again before the program ends. */
function interrupt(terminal: ReadStream): void {
  terminal.setRawMode(false);
  process.stderr.write('\n');
  process.kill(process.pid, 'SIGINT');
}
