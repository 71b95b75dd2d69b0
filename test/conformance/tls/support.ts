/** What the TLS cases have at hand: the face's TLS, its certificates, and a peer that goes on in TLS. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Client, TcpClient } from '../../../src/entry/index.ts';
import type { TlsClient, TlsWrapOptions } from '../../../src/entry/tls.ts';
import type { Step } from '../script.ts';
import { type Control, type Face, type Failed, Peer } from '../support.ts';
import type { PeerTls } from './peer-tls.ts';

export type Tls = NonNullable<Face['tls']>;

/** The face's TLS. */
export function tlsOf(face: Face): Tls {
  assert.ok(face.tls, 'this face has no TLS');
  return face.tls;
}

/** What the peer says of its end of the connection. */
export interface PeerFacts {
  readonly error: string | null;
  readonly protocol: string;
  readonly alpn: string | null;
  readonly servername: string | null;
  readonly resumed: boolean;
  readonly peer: string | null;
  readonly exported: string | null;
}

/** The folder of the certificates. */
export function folderOf(peer: Peer): string {
  return `${peer.directory}/tls`;
}

/** A file of the certificates, as text. */
export function pem(peer: Peer, name: string): string {
  return readFileSync(`${folderOf(peer)}/${name}`, 'utf8');
}

/** The options of a certificate with its chain. */
export function identity(peer: Peer, name: string): { readonly cert: string; readonly key: string } {
  return { cert: pem(peer, `${name}.pem`) + pem(peer, 'chain.pem'), key: pem(peer, `${name}.key`) };
}

/** A connection on which the peer does its part of TLS and then runs these steps; ours is still plain. */
export async function plain(face: Face, peer: Peer, how: Omit<PeerTls, 'folder'>, ...then: Step[]): Promise<TcpClient> {
  return await peer.talk(face, tlsStep(peer, how, ...then));
}

export function tlsStep(peer: Peer, how: Omit<PeerTls, 'folder'>, ...then: Step[]): Step {
  return { do: 'tls', how: { folder: folderOf(peer), ...how }, then };
}

/** The peer as the server of a good certificate. */
export const SERVER = { role: 'server', cert: 'server' } as const;

/** A TLS connection to the peer, which runs these steps. */
export async function secured(
  face: Face,
  peer: Peer,
  how: Partial<PeerTls>,
  options: Partial<TlsWrapOptions>,
  ...then: Step[]
): Promise<TlsClient> {
  return await wrapped(face, peer, await plain(face, peer, { ...SERVER, ...how }, ...then), options);
}

/** TLS as a client over a connection to the peer. */
export async function wrapped(
  face: Face,
  peer: Peer,
  client: Client,
  options: Partial<TlsWrapOptions> = {},
): Promise<TlsClient> {
  const trust = options.context === undefined ? { ca: pem(peer, 'root.pem') } : {};
  return await tlsOf(face).wrap(client, { ...trust, servername: 'localhost', timeout: 10, ...options });
}

/** The facts that the peer has given under a name. */
export async function peerFacts(face: Face, peer: Peer, name: string): Promise<PeerFacts> {
  using control = await peer.control(face);
  return (await control.do({ do: 'wait', name })) as PeerFacts;
}

/** A peer whose conversations all go through TLS; what is asked of it on the side does not. */
export class TlsPeer extends Peer {
  override async talk(face: Face, ...script: Step[]): Promise<TcpClient> {
    return (await secured(face, new Peer(this.port, this.directory), {}, {}, ...script)) as unknown as TcpClient;
  }

  override async control(face: Face): Promise<Control> {
    return await new Peer(this.port, this.directory).control(face);
  }
}

/** An error with the words of LuaSec. */
export function says(error: Failed, reason: string, message: RegExp): void {
  assert.equal(error.reason, reason);
  assert.match(error.message, message);
}
