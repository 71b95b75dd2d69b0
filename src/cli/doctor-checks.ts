/** What `moonsocket doctor` looks at. */

import { getServers } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import tls from 'node:tls';
import { proxiesOf } from '../protocol/connect/proxy-env.ts';
import { parse } from '../url/parts.ts';

/** `missing` is what one can do without; `broken` is what does not do what it should. */
export interface Finding {
  readonly state: 'ok' | 'missing' | 'broken';
  readonly says: string;
  /** What helps. */
  readonly remedy: string | undefined;
}

const OLDEST = [20, 19] as const;

/** In the order in which they are shown. */
export const CHECKS: Readonly<Record<string, () => Finding | Promise<Finding>>> = {
  runtime,
  koffi,
  wasmoon,
  OpenSSL: openssl,
  IPv6: ipv6,
  names,
  proxies,
  certificates,
};

function ok(says: string): Finding {
  return { state: 'ok', says, remedy: undefined };
}

function runtime(): Finding {
  const { bun, deno, node } = process.versions;
  if (bun !== undefined || deno !== undefined)
    return ok(`${bun === undefined ? `Deno ${deno}` : `Bun ${bun}`}: the await face`);
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
  const says = `Node ${node}, ${process.platform} ${process.arch}`;
  if (isOld) return { state: 'broken', says, remedy: `Node ${OLDEST.join('.')} or newer` };
  return ok(says);
}

async function koffi(): Promise<Finding> {
  if (!isThere('koffi')) return { state: 'missing', says: 'no blocking face, and no Lua', remedy: 'npm install koffi' };
  const { SYSTEM } = await import('../posix/libc/functions.ts');
  return ok(`the blocking face calls the C library of ${SYSTEM}`);
}

async function wasmoon(): Promise<Finding> {
  if (!isThere('wasmoon')) return { state: 'missing', says: 'no Lua', remedy: 'npm install wasmoon koffi' };
  const { compiledEngine } = await import('../lua/engine.ts');
  compiledEngine();
  return ok('Lua 5.4');
}

/** Whether a package can be found from here. */
function isThere(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

async function openssl(): Promise<Finding> {
  const version = `OpenSSL ${process.versions.openssl ?? 'unknown'}`;
  if (!isThere('koffi')) return ok(`${version}, in the await face`);
  try {
    await import('../posix/openssl/functions.ts');
    return ok(`${version}, in both faces`);
  } catch (error) {
    const says = `${version}, in the await face; not in the blocking one: ${(error as Error).message}`;
    return { state: 'missing', says, remedy: undefined };
  }
}

async function ipv6(): Promise<Finding> {
  const local = await new Promise<boolean>((done) => {
    const server = createServer().once('error', () => done(false));
    server.listen(0, '::1', () => server.close(() => done(true)));
  });
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  // Of this link alone, and of this machine.
  const global = addresses.some(
    ({ family, address, internal }) => family === 'IPv6' && !internal && !/^fe80/i.test(address),
  );
  if (global) return ok('this machine has an address for other networks');
  const says = local ? 'on this machine alone (::1)' : 'none, not even on this machine';
  return { state: 'missing', says: `${says}: connections use IPv4`, remedy: undefined };
}

async function names(): Promise<Finding> {
  const addresses = await lookup('localhost', { all: true });
  const servers = getServers();
  const says = `localhost is ${addresses.map(({ address }) => address).join(', ')}`;
  if (servers.length === 0)
    return { state: 'broken', says: `${says}; no name server`, remedy: '/etc/resolv.conf names one' };
  return ok(`${says}; name servers: ${servers.join(', ')}`);
}

function proxies(): Finding {
  const proxy = proxiesOf(process.env);
  const found = ['http', 'https'].flatMap((scheme) => {
    const url = proxy(`${scheme}://example.com/`);
    return url === undefined ? [] : [`${scheme} by ${withoutLogin(url)}`];
  });
  return ok(found.length === 0 ? 'none in the environment' : found.join(', '));
}

function withoutLogin(url: string): string {
  const { scheme, host, port } = parse(url);
  return `${scheme}://${host}${port === undefined ? '' : `:${port}`}`;
}

function certificates(): Finding {
  const { NODE_EXTRA_CA_CERTS: extra } = process.env;
  const usual = `${tls.rootCertificates.length} of Node's`;
  if (extra === undefined || extra === '') return ok(`${usual}; NODE_EXTRA_CA_CERTS names no others`);
  let text: string;
  try {
    text = readFileSync(extra, 'utf8');
  } catch (error) {
    const says = `${usual}; NODE_EXTRA_CA_CERTS cannot be read: ${(error as Error).message}`;
    return { state: 'broken', says, remedy: 'a file in PEM, or no such variable' };
  }
  const count = text.split('-----BEGIN CERTIFICATE-----').length - 1;
  if (count > 0) return ok(`${usual}, and ${count} of ${extra}`);
  return {
    state: 'broken',
    says: `${extra} has no certificate in PEM`,
    remedy: 'NODE_EXTRA_CA_CERTS names a file in PEM',
  };
}
