/** A download over FTP. */
import type { Session } from '../async/ftp.ts';
import { ReplyError } from '../core/errors.ts';
import type { Destination } from './destination.ts';
import type { Download } from './download.ts';
import { CommandError } from './errors.ts';
import { withSession } from './ftp.ts';
import { ftpTarget } from './ftp-url.ts';
import type { Getting } from './get-arguments.ts';
import { ANEW, type ResumeDecision } from './resume.ts';

export async function getFtp(url: string, download: Download, how: Getting): Promise<void> {
  const { options, logins, patience } = how;
  const { path, type } = ftpTarget(url, options);
  const { destination } = download;
  await download.during(() =>
    withSession(url, options, logins, patience, async (session) => {
      const ascii = type === 'a';
      const decision =
        destination.size === 0 ? await wholeOf(session, path, ascii) : await restOf(session, path, destination);
      if (decision.is === 'complete') return download.begin(decision);
      const begin = (): void => {
        if (!download.begun) download.begin(decision);
      };
      await session.get(
        path,
        (chunk, error) => {
          if (error === undefined) begin();
          return download.take(chunk, error);
        },
        { ascii, offset: destination.size },
      );
    }),
  );
}

/** Servers need not know how much there is, or say so. */
async function wholeOf(session: Session, path: Buffer, ascii: boolean): Promise<ResumeDecision> {
  // Lines of text become longer or shorter on the way.
  if (ascii || !session.features.has('SIZE')) return { is: 'whole', total: undefined };
  try {
    return { is: 'whole', total: await session.size(path) };
  } catch (error) {
    if (error instanceof ReplyError) return { is: 'whole', total: undefined };
    throw error;
  }
}

/** What is missing behind the bytes that are here. @throws CommandError where they do not fit */
async function restOf(session: Session, path: Buffer, { size, modified }: Destination): Promise<ResumeDecision> {
  const total = await session.size(path);
  if (total < size) throw new CommandError(`the server has ${total} bytes, and here are ${size}: ${ANEW}`);
  // A file that has changed since must not be glued to the old one.
  if (session.features.has('MDTM') && (await session.mtime(path)) > modified)
    throw new CommandError(`the file has changed on the server: ${ANEW}`);
  return total === size ? { is: 'complete' } : { is: 'rest', end: total, total };
}
