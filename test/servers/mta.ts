/** Postfix, Exim, OpenSMTPD and Dovecot's LMTP, which store each message that they take; on ports that are free, gone when the test is. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCertificates } from '../conformance/tls/certificates.ts';
import { serverFolder, startOnPorts } from '../peers/servers/start.ts';
import { Child, type Cleanup, eventually } from '../peers/tools.ts';
import { dovecotConf, eximConf, opensmtpdConf, type PlacedServer, postfixMain, postfixMaster } from './mta-conf.ts';

/** Where `tools/servers.ts` has unpacked those that Debian does not install beside each other. */
const UNPACKED = process.env.MOONSOCKET_SERVERS ?? '';

/** Who may relay; all mail for test.example is taken without that. */
export const USER = 'user@test.example';
export const PASSWORD = 'p:a ss%';

export const MTAS = ['postfix', 'exim', 'opensmtpd', 'dovecot'] as const;
export type Mta = (typeof MTAS)[number];

/** A server that runs, on 127.0.0.1, whose certificate is localhost's. */
export interface MailServer {
  readonly name: Mta;
  /** Takes mail for test.example from anybody. LMTP with Dovecot. */
  readonly port: number;
  /** Wants TLS by STARTTLS, and a login. Postfix and Exim have it; 0 with the others. */
  readonly submission: number;
  /** TLS from the first byte on. Postfix and Exim have it; 0 with the others. */
  readonly implicit: number;
  /** The certificate of the CA that has signed the server's. */
  readonly ca: string;
  /** The messages that are stored, once there are this many, as the server has written them: with headers of its own. */
  stored(count: number): Promise<readonly Buffer[]>;
}

/** Starts one. */
export async function startMta(cleanup: Cleanup, name: Mta): Promise<MailServer> {
  const folder = serverFolder(cleanup);
  makeCertificates(folder);
  const chain = readFileSync(join(folder, 'chain.pem'), 'utf8');
  const [cert, key] = ['server.pem', 'server.key'].map((file) => readFileSync(join(folder, file), 'utf8'));
  writeFileSync(join(folder, 'certs.pem'), `${cert}${chain}`);
  writeFileSync(join(folder, 'whole.pem'), `${cert}${chain}${key}`, { mode: 0o600 });
  chmodSync(join(folder, 'server.key'), 0o600);
  const mailbox = join(folder, 'mail');
  mkdirSync(mailbox);
  const count = name === 'dovecot' || name === 'opensmtpd' ? 1 : 3;
  const ports = await startOnPorts(count, ([port, submission, implicit]) => {
    const placed: PlacedServer = {
      folder,
      mailbox,
      port: port as number,
      submission: submission ?? 0,
      implicit: implicit ?? 0,
    };
    return START[name](cleanup, placed);
  });
  const [port = 0, submission = 0, implicit = 0] = ports;
  const ca = readFileSync(join(folder, 'root.pem'), 'utf8');
  const stored = async (wanted: number): Promise<readonly Buffer[]> =>
    await eventually(`${wanted} messages`, () => {
      const files = filesIn(mailbox);
      return files.length >= wanted && files.map((file) => readFileSync(file));
    });
  return { name, port, submission, implicit, ca, stored };
}

/** A Maildir's messages: what is still written is in another folder. */
function filesIn(folder: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile() && /\/(?:new|cur)$/.test(entry.parentPath)) found.push(join(entry.parentPath, entry.name));
  }
  return found.sort();
}

const START: Readonly<Record<Mta, (cleanup: Cleanup, placed: PlacedServer) => Child>> = {
  postfix(cleanup, placed) {
    const { folder, mailbox } = placed;
    const conf = join(folder, 'conf');
    for (const path of [conf, join(conf, 'sasl'), join(folder, 'queue'), join(folder, 'data')])
      mkdirSync(path, { recursive: true });
    writeFileSync(join(conf, 'main.cf'), postfixMain(placed));
    writeFileSync(join(conf, 'master.cf'), postfixMaster(placed));
    const passwords = join(folder, 'sasldb2');
    const sasl = `pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256\nsasldb_path: ${passwords}\n`;
    writeFileSync(join(conf, 'sasl', 'smtpd.conf'), sasl);
    execFileSync('saslpasswd2', ['-c', '-p', '-f', passwords, '-u', 'test.example', 'user'], { input: PASSWORD });
    execFileSync('chown', ['root:postfix', passwords]);
    chmodSync(passwords, 0o640);
    execFileSync('chown', ['postfix', join(folder, 'data')]);
    execFileSync('chown', ['65534:65534', mailbox]);
    execFileSync('postfix', ['-c', conf, 'check'], { stdio: 'pipe' });
    const child = new Child(cleanup, 'postfix', ['-c', conf, 'start-fg']);
    // Its master is another process.
    cleanup.defer(() => endProcessOf(join(folder, 'queue', 'pid', 'master.pid')));
    return child;
  },
  exim(cleanup, placed) {
    const { folder, mailbox } = placed;
    for (const name of ['spool', 'log']) mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, 'exim.conf'), eximConf(placed, join(UNPACKED, 'usr/sbin/exim4')));
    const own = ['spool', 'log', 'whole.pem'].map((name) => join(folder, name));
    execFileSync('chown', ['-R', 'Debian-exim:', ...own, mailbox]);
    return new Child(cleanup, join(UNPACKED, 'usr/sbin/exim4'), ['-C', join(folder, 'exim.conf'), '-bdf', '-q1m']);
  },
  opensmtpd(cleanup, placed) {
    const { folder, mailbox } = placed;
    const conf = join(folder, 'smtpd.conf');
    writeFileSync(join(folder, 'virtuals'), '@ ftptest\n');
    writeFileSync(conf, opensmtpdConf(placed));
    execFileSync('chown', ['ftptest:', mailbox]);
    // Its paths are compiled in: it gets its own there, in a mount namespace.
    const script = `mount -t tmpfs none /usr/libexec; mkdir /usr/libexec/opensmtpd; mount --bind ${UNPACKED}/usr/libexec/opensmtpd /usr/libexec/opensmtpd
mount -t tmpfs -o mode=755 none /var/spool; mkdir -m 711 /var/spool/smtpd; mkdir -m 770 /var/spool/smtpd/offline; chgrp opensmtpq /var/spool/smtpd/offline
mount -t tmpfs -o mode=755 none /var/lib; mkdir -p /var/lib/opensmtpd/empty
exec ${UNPACKED}/usr/sbin/smtpd -d -f ${conf}`;
    return new Child(cleanup, 'unshare', ['-m', '--propagation', 'private', 'bash', '-ec', script]);
  },
  dovecot(cleanup, placed) {
    const { folder, mailbox } = placed;
    for (const name of ['base', 'state']) mkdirSync(join(folder, name), { recursive: true });
    execFileSync('chown', ['65534:65534', mailbox]);
    writeFileSync(join(folder, 'dovecot.conf'), dovecotConf(placed));
    return new Child(cleanup, 'dovecot', ['-F', '-c', join(folder, 'dovecot.conf')]);
  },
};

function endProcessOf(file: string): void {
  if (!existsSync(file)) return;
  try {
    process.kill(Number(readFileSync(file, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it has ended already
  }
}
