/** Sessions with FTP servers, as the options of a command describe them. */
import { connect, type Session } from '../async/ftp.ts';
import type { Logins } from './login.ts';
import type { Parsed } from './parse.ts';
import { tlsOf } from './tls.ts';
import { transcript } from './transcript.ts';

/** Runs what is done in a session, and says goodbye. @throws what connecting throws */
export async function withSession<T>(
  url: string,
  options: Parsed,
  logins: Logins,
  patience: number,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await connect({
    url,
    ...(await logins.for(url)),
    tls: tlsOf(options),
    timeouts: { connect: patience, reply: patience, idle: patience },
    log: options.has('verbose') ? transcript : undefined,
  });
  try {
    return await work(session);
  } finally {
    await session.quit();
  }
}
