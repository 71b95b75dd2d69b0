/** `moonsocket ls`: what is in a directory of an FTP server. */
import type { Session } from '../async/ftp.ts';
import { ReplyError } from '../core/errors.ts';
import type { FtpEntry } from '../protocol/ftp/entry.ts';
import { coloured } from './colour.ts';
import { UsageError } from './errors.ts';
import { withSession } from './ftp.ts';
import { ftpTarget, PATIENCE } from './ftp-url.ts';
import { Logins } from './login.ts';
import type { Parsed } from './parse.ts';
import { printable, say } from './say.ts';
import { urlOf } from './url.ts';

/** Gives the exit status. @throws UsageError, SocketError */
export async function ls(options: Parsed, patience: number = PATIENCE): Promise<number> {
  const [target, ...others] = options.operands;
  if (target === undefined || others.length > 0) throw new UsageError('ls takes one URL');
  const url = urlOf(target, 'ftp');
  const { path } = ftpTarget(url, options);
  const entries = await withSession(url, options, new Logins(options), patience, (session) => listed(session, path));
  await say(options.has('json') ? jsonOf(entries) : tableOf(entries));
  return 0;
}

/** The entries of a directory, or that of a file. */
async function listed(session: Session, path: Buffer): Promise<FtpEntry[]> {
  if (path.length === 0) return await session.list();
  try {
    return await session.list(path);
  } catch (error) {
    // By MLSD a file is no directory; what the server says of neither is the answer.
    if (!(error instanceof ReplyError) || !error.permanent || path.at(-1) === 0x2f) throw error;
    const entry = await session.stat(path).catch(() => undefined);
    if (entry === undefined || entry.type === 'directory') throw error;
    return [entry];
  }
}

const LETTERS = { directory: 'd', file: '-', link: 'l', other: '?' } as const;

/** A line for each entry: permissions, size, time, name. */
export function tableOf(entries: readonly FtpEntry[]): string {
  const rows = entries.map((entry) => [
    `${LETTERS[entry.type]}${permissionsText(entry.permissions)}`,
    entry.type === 'directory' || entry.size === undefined ? '-' : String(entry.size),
    entry.mtime === undefined ? '-' : entry.mtime.toISOString().slice(0, 16).replace('T', ' '),
    nameText(entry),
  ]);
  const widest = (column: number): number => Math.max(0, ...rows.map((row) => row[column]!.length));
  const [sizes, times] = [widest(1), widest(2)];
  return rows
    .map(([mode, size, time, name]) => `${mode}  ${size!.padStart(sizes)}  ${time!.padEnd(times)}  ${name}\n`)
    .join('');
}

/** As `ls -l` writes them. */
function permissionsText(mode: number | undefined): string {
  if (mode === undefined) return '?????????';
  return [...'rwxrwxrwx'].map((letter, i) => ((mode >> (8 - i)) & 1 ? letter : '-')).join('');
}

function nameText({ type, name, link }: FtpEntry): string {
  const shown = printable(name);
  if (type === 'directory') return `${coloured(process.stdout, 'blue', shown)}/`;
  return type === 'link' && link !== undefined ? `${shown} -> ${printable(link)}` : shown;
}

/** JSON whose text does nothing to a terminal either: JSON leaves the control characters from U+007F on as they are. */
export function jsonOf(entries: readonly FtpEntry[]): string {
  const rows = entries.map(({ name, type, size, mtime, permissions, owner, group, link }) => ({
    ...{ name, type, size, mtime: mtime?.toISOString() },
    ...{ permissions: permissions?.toString(8).padStart(4, '0'), owner, group, link },
  }));
  const text = JSON.stringify(rows, undefined, 2);
  const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `${text.replace(/[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, escaped)}\n`;
}
