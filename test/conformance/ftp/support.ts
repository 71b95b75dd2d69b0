/** What the FTP cases have at hand: the face's FTP, and servers of the peer's. */
import assert from 'node:assert/strict';
import type { FtpOptions, Session } from '../../../src/entry/ftp.ts';
import type { Face, Peer } from '../support.ts';
import { folderOf, pem, SERVER } from '../tls/support.ts';
import type { FtpFacts, PeerFtp } from './peer-ftp.ts';

export type Ftp = NonNullable<Face['ftp']>;

/** The face's FTP. */
export function ftpOf(face: Face): Ftp {
  assert.ok(face.ftp, 'this face has no FTP');
  return face.ftp;
}

/** A server of the peer's, and how one logs in there. */
export async function serve(face: Face, peer: Peer, how: PeerFtp = {}): Promise<FtpOptions<'await'>> {
  using control = await peer.control(face);
  const port = (await control.do({ do: 'serveFtp', how })) as number;
  return { host: '127.0.0.1', port, user: 'joe', password: 'secret', tls: 'never', timeout: 30 };
}

/** The same, through TLS. */
export async function serveTls(
  face: Face,
  peer: Peer,
  how: PeerFtp = {},
  more: Partial<PeerFtp['tls']> = {},
): Promise<FtpOptions<'await'>> {
  const tls = { folder: folderOf(peer), ...SERVER, tickets: peer.name(), ...more };
  const mode = how.implicit === true ? 'implicit' : 'required';
  return {
    ...(await serve(face, peer, { ...how, tls })),
    tls: { mode, ca: pem(peer, 'root.pem'), servername: 'localhost' },
  };
}

/** A session that lasts as long as `use`. */
export async function withSession<T>(
  face: Face,
  options: FtpOptions<'await'>,
  use: (session: Session) => T | Promise<T>,
): Promise<T> {
  const session = await ftpOf(face).connect(options);
  try {
    return await use(session);
  } finally {
    session.close();
  }
}

/** Asks the server for something, in a session apart; what it says of itself. */
export async function ask(face: Face, options: FtpOptions<'await'>, ...wishes: string[]): Promise<FtpFacts> {
  return await withSession(face, options, async (session) => {
    for (const wish of wishes) assert.equal((await session.quote('SITE', wish)).code, 200, wish);
    return JSON.parse((await session.quote('SITE', 'FACTS')).text) as FtpFacts;
  });
}

/** Whether calls give promises. */
export function isAwait(face: Face): boolean {
  const value = face.sleep(0) as unknown;
  return value instanceof Promise;
}
