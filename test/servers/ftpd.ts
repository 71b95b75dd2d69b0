/** vsftpd, ProFTPD and Pure-FTPd, as Debian builds them, in front and on a port that is free; gone when the test is. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FtpOptions } from '../../src/entry/ftp.ts';
import { makeCertificates } from '../conformance/tls/certificates.ts';
import { serverFolder, startOnPorts } from '../peers/servers/start.ts';
import { Child, type Cleanup } from '../peers/tools.ts';

/** Where `tools/servers.ts` has unpacked them. */
const UNPACKED = process.env.MOONSOCKET_SERVERS ?? '';

/** The user of `ns.sh`. */
export const USER = 'ftptest';
export const PASSWORD = 'p:a ss%';

/**
 * `none`: no TLS. `explicit`: by AUTH TLS, if the client wants it. `required`: for logins and data, whose sessions must be those
 * of their control connection (vsftpd). `implicit`: from the first byte on (vsftpd).
 */
export type FtpdTls = 'none' | 'explicit' | 'required' | 'implicit';

export const FTPDS = ['vsftpd', 'proftpd', 'pure-ftpd'] as const;
export type Ftpd = (typeof FTPDS)[number];

/** A server that runs. */
export interface FtpServer {
  readonly name: Ftpd;
  readonly host: string;
  readonly port: number;
  /** What the user sees as `/`. */
  readonly home: string;
  /** The certificate of the CA that has signed the server's. */
  readonly ca: string;
  readonly child: Child;
}

export interface FtpdOptions {
  readonly tls?: FtpdTls;
  /** `::1` is vsftpd's. */
  readonly host?: '127.0.0.1' | '::1';
}

/** Starts one. */
export async function startFtpd(
  cleanup: Cleanup,
  name: Ftpd,
  { tls = 'none', host = '127.0.0.1' }: FtpdOptions = {},
): Promise<FtpServer> {
  const folder = serverFolder(cleanup);
  const home = join(folder, 'home');
  for (const path of [home, join(folder, 'empty'), join(folder, 'anonymous')]) mkdirSync(path, { mode: 0o755 });
  execFileSync('chown', [`${USER}:`, home]);
  makeCertificates(folder);
  const [chain, key] = ['chain.pem', 'server.key'].map((file) => readFileSync(join(folder, file), 'utf8'));
  const cert = readFileSync(join(folder, 'server.pem'), 'utf8') + chain;
  writeFileSync(join(folder, 'whole.pem'), cert + key, { mode: 0o600 });
  writeFileSync(join(folder, 'certs.pem'), cert);
  chmodSync(join(folder, 'server.key'), 0o600);
  let child: Child | undefined;
  const [port] = await startOnPorts(
    1,
    ([free]) => {
      child = START[name](cleanup, { folder, home, host, port: free as number, tls });
      return child;
    },
    host,
  );
  const ca = readFileSync(join(folder, 'root.pem'), 'utf8');
  return { name, host, port: port as number, home, ca, child: child as Child };
}

/** The user's login, in clear. */
export function loginAt({ host, port }: FtpServer): FtpOptions {
  return { host, port, user: USER, password: PASSWORD, timeout: 30, tls: 'never' };
}

/** The processes below a process, and below those. */
function descendantsOf(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'latin1');
      parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It has ended between two looks.
    }
  }
  const below = (parent: number): number[] =>
    [...parents].filter(([, its]) => its === parent).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}

/** Kills the processes of the server's sessions, once, when so much has gone or come; says whether it has done so just now. */
export function killingAt(server: FtpServer, bytes: number): (moved: number) => boolean {
  let killed = false;
  return (moved) => {
    if (killed || moved < bytes) return false;
    killed = true;
    for (const pid of descendantsOf(server.child.pid)) process.kill(pid, 'SIGKILL');
    return true;
  };
}

interface Settings {
  readonly folder: string;
  readonly home: string;
  readonly host: string;
  readonly port: number;
  readonly tls: FtpdTls;
}

const START: Readonly<Record<Ftpd, (cleanup: Cleanup, settings: Settings) => Child>> = {
  vsftpd(cleanup, settings) {
    const file = join(settings.folder, 'vsftpd.conf');
    writeFileSync(file, vsftpdConf(settings));
    return new Child(cleanup, join(UNPACKED, 'usr/sbin/vsftpd'), [file]);
  },
  proftpd(cleanup, settings) {
    const { folder, home } = settings;
    const [uid, gid] = idsOfUser();
    writeFileSync(join(folder, 'passwd'), `${USER}:${hashOfPassword()}:${uid}:${gid}::${home}:/bin/sh\n`, {
      mode: 0o600,
    });
    writeFileSync(join(folder, 'group'), `${USER}:x:${gid}:\n`, { mode: 0o600 });
    const file = join(folder, 'proftpd.conf');
    writeFileSync(file, proftpdConf(settings));
    return new Child(cleanup, join(UNPACKED, 'usr/sbin/proftpd'), ['-n', '-c', file]);
  },
  'pure-ftpd'(cleanup, { folder, home, host, port, tls }) {
    const database = join(folder, 'users.pdb');
    const [uid, gid] = idsOfUser();
    const users = join(folder, 'users');
    // `pure-pw useradd` would make a hash of Argon2 that costs seconds of the processor at each login.
    writeFileSync(users, `${USER}:${hashOfPassword()}:${uid}:${gid}::${home}/./::::::::::::\n`, { mode: 0o600 });
    execFileSync(join(UNPACKED, 'usr/bin/pure-pw'), ['mkdb', database, '-f', users], { stdio: 'pipe' });
    const limits = ['-c', '100', '-C', '100', '-I', '60', '-u', '1'];
    const rights = ['-E', '-H', '-A', '-4', '-U', '133:022', '-D', '-P', host];
    const secure = tls === 'none' ? ['-Y', '0'] : ['-Y', '1', '-2', join(folder, 'whole.pem')];
    const place = ['-S', `${host},${port}`, '-l', `puredb:${database}`, '-g', join(folder, 'pid')];
    // A socket as its standard input, which Node's pipes are, is the one connection that it serves.
    const program = ['-c', 'exec "$0" "$@" </dev/null', join(UNPACKED, 'usr/sbin/pure-ftpd')];
    return new Child(cleanup, 'sh', [...program, ...place, ...limits, ...rights, ...secure]);
  },
};

function idsOfUser(): string[] {
  return ['-u', '-g'].map((what) => execFileSync('id', [what, USER], { encoding: 'utf8' }).trim());
}

function hashOfPassword(): string {
  return execFileSync('openssl', ['passwd', '-6', PASSWORD], { encoding: 'utf8' }).trim();
}

function vsftpdConf({ folder, home, host, port, tls }: Settings): string {
  const yes = (it: boolean): string => (it ? 'YES' : 'NO');
  const address =
    host === '::1' ? `listen=NO\nlisten_ipv6=YES\nlisten_address6=${host}` : `listen=YES\nlisten_address=${host}`;
  const required = tls === 'required';
  return `${address}
listen_port=${port}
background=NO
run_as_launching_user=NO
anonymous_enable=YES
anon_root=${folder}/anonymous
no_anon_password=NO
local_enable=YES
local_root=${home}
write_enable=YES
local_umask=022
chroot_local_user=YES
allow_writeable_chroot=YES
secure_chroot_dir=${folder}/empty
pam_service_name=vsftpd
connect_from_port_20=NO
pasv_enable=YES
port_enable=YES
seccomp_sandbox=NO
isolate_network=NO
isolate=NO
xferlog_enable=YES
vsftpd_log_file=${folder}/vsftpd.log
log_ftp_protocol=YES
ascii_upload_enable=YES
ascii_download_enable=YES
mdtm_write=YES
max_clients=2000
ssl_enable=${yes(tls !== 'none')}
implicit_ssl=${yes(tls === 'implicit')}
force_local_data_ssl=${yes(required)}
force_local_logins_ssl=${yes(required)}
require_ssl_reuse=${yes(required)}
allow_anon_ssl=YES
ssl_tlsv1=YES
ssl_ciphers=HIGH
rsa_cert_file=${folder}/certs.pem
rsa_private_key_file=${folder}/server.key
`;
}

function proftpdConf({ folder, host, port, tls }: Settings): string {
  const secure = `LoadModule mod_tls.c
TLSEngine on
TLSProtocol TLSv1.2 TLSv1.3
TLSECCertificateFile ${folder}/certs.pem
TLSECCertificateKeyFile ${folder}/server.key
TLSCertificateChainFile ${folder}/chain.pem
TLSRequired off
TLSLog ${folder}/tls.log
`;
  return `ServerName test
ServerType standalone
DefaultServer on
DefaultAddress ${host}
SocketBindTight on
Port ${port}
UseIPv6 off
User nobody
Group nogroup
PidFile ${folder}/proftpd.pid
ScoreboardFile ${folder}/scoreboard
DelayEngine off
SystemLog ${folder}/proftpd.log
TransferLog none
WtmpLog off
AllowOverwrite on
AllowStoreRestart on
AllowRetrieveRestart on
RequireValidShell off
DefaultRoot ~
UseReverseDNS off
AuthOrder mod_auth_file.c
AuthUserFile ${folder}/passwd
AuthGroupFile ${folder}/group
ModulePath ${UNPACKED}/usr/lib/proftpd
${tls === 'none' ? '' : secure}`;
}
