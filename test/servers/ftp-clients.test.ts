/** curl, Python's ftplib and LuaSocket's ftp.lua do the same jobs as our sessions, at the same servers, with the same results. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as awaiting from '../../src/entry/ftp.ts';
import * as blocking from '../../src/entry/ftp-blocking.ts';
import { everyByte, newFolder, withTools } from '../peers/peer.ts';
import { Child, type Cleanup } from '../peers/tools.ts';
import { FTPDS, type FtpServer, PASSWORD, startFtpd, USER } from './ftpd.ts';

/** A job of each: to store `up` under a name, to fetch `dir/given` into a file, and to print NLST and LIST of `dir`. */
interface Job {
  readonly server: FtpServer;
  readonly up: string;
  readonly stored: string;
  readonly down: string;
}

interface Results {
  readonly nlst: string;
  readonly list: string;
}

type Client = (cleanup: Cleanup, job: Job) => Promise<Results>;

const FTPLIB = `
import ftplib, sys
host, port, user, password, up, stored, down = sys.argv[1:]
ftp = ftplib.FTP(encoding='latin-1')
ftp.connect(host, int(port), 20)
ftp.login(user, password)
ftp.storbinary('STOR ' + stored, open(up, 'rb'))
with open(down, 'wb') as file: ftp.retrbinary('RETR dir/given', file.write)
lines = []
ftp.retrlines('NLST dir', lines.append)
lines.append('=====')
ftp.retrlines('LIST dir', lines.append)
ftp.quit()
sys.stdout.buffer.write('\\n'.join(lines).encode('latin-1'))
`;

const LUASOCKET = `
local ftp, ltn12 = require "socket.ftp", require "ltn12"
local host, port, user, password, up, stored, down = table.unpack(arg)
local function job(more)
  local one = {host = host, port = tonumber(port), user = user, password = password, type = "i"}
  for name, value in pairs(more) do one[name] = value end
  return one
end
assert(ftp.put(job{argument = stored, source = ltn12.source.file(io.open(up, "rb"))}))
assert(ftp.get(job{argument = "dir/given", sink = ltn12.sink.file(io.open(down, "wb"))}))
local function listed(command)
  local chunks = {}
  assert(ftp.get(job{command = command, argument = "dir", sink = ltn12.sink.table(chunks)}))
  return table.concat(chunks)
end
io.write(listed "nlst", "=====\\n", listed "list")
`;

/** A program that is given all of it, and prints both listings. */
async function byProgram(cleanup: Cleanup, command: string, args: readonly string[], job: Job): Promise<Results> {
  const { server, up, stored, down } = job;
  const all = [...args, server.host, String(server.port), USER, PASSWORD, up, stored, down];
  const child = new Child(cleanup, command, all);
  assert.equal((await child.ended).code, 0, child.stderr);
  const [nlst = '', list = ''] = child.stdout.split('=====\n');
  return { nlst, list };
}

function programFile(cleanup: Cleanup, program: string): string {
  const file = join(newFolder(cleanup), 'program');
  writeFileSync(file, program);
  return file;
}

async function curl(cleanup: Cleanup, job: Job, path: string, ...args: readonly string[]): Promise<string> {
  const url = `ftp://${job.server.host}:${job.server.port}/${path}`;
  const child = new Child(cleanup, 'curl', ['-sS', '-m', '20', '-u', `${USER}:${PASSWORD}`, ...args, url]);
  assert.equal((await child.ended).code, 0, child.stderr);
  return child.stdout;
}

const CLIENTS: Readonly<Record<string, Client>> = {
  async curl(cleanup, job) {
    await curl(cleanup, job, encodeURIComponent(job.stored), '-T', job.up);
    await curl(cleanup, job, 'dir/given', '-o', job.down);
    return {
      nlst: await curl(cleanup, job, '', '-X', 'NLST dir'),
      list: await curl(cleanup, job, '', '-X', 'LIST dir'),
    };
  },
  ftplib: (cleanup, job) => byProgram(cleanup, 'python3', [programFile(cleanup, FTPLIB)], job),
  LuaSocket: (cleanup, job) => byProgram(cleanup, 'lua5.4', [programFile(cleanup, LUASOCKET)], job),
  async await(_, { server: { host, port }, up, stored, down }) {
    const login = { host, port, user: USER, password: PASSWORD, tls: 'never' } as const;
    const session = await awaiting.connect(login);
    await session.put(up, stored);
    await session.get('dir/given', down);
    await session.quit();
    const [nlst, list] = [
      await awaiting.get({ ...login, command: 'nlst', argument: 'dir' }),
      await awaiting.get({ ...login, command: 'list', argument: 'dir' }),
    ];
    return { nlst: nlst.toString('latin1'), list: list.toString('latin1') };
  },
  async blocking(_, { server: { host, port }, up, stored, down }) {
    const login = { host, port, user: USER, password: PASSWORD, tls: 'never' } as const;
    using session = blocking.connect(login);
    session.put(up, stored);
    session.get('dir/given', down);
    const [nlst, list] = [
      blocking.get({ ...login, command: 'nlst', argument: 'dir' }),
      blocking.get({ ...login, command: 'list', argument: 'dir' }),
    ];
    return { nlst: nlst.toString('latin1'), list: list.toString('latin1') };
  },
};

/** Programs differ in the ends of lines that they leave; and the folder above has the time of the last upload, which is another minute's for the next client. */
function lines(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== '' && !line.endsWith(' ..'));
}

for (const name of FTPDS) {
  withTools(
    `${name} does the same for all clients`,
    ['curl', 'python3', 'luasocket'],
    async (cleanup) => {
      const server = await startFtpd(cleanup, name);
      const folder = newFolder(cleanup);
      const data = everyByte(1_000_003);
      writeFileSync(join(folder, 'up'), data);
      mkdirSync(join(server.home, 'dir'));
      writeFileSync(join(server.home, 'dir', 'given'), data);
      for (const odd of ['a file', 'é', '-x', "it's"]) writeFileSync(join(server.home, 'dir', odd), odd);
      execFileSync('chown', ['-R', `${USER}:`, join(server.home, 'dir')]);
      const results = new Map<string, Results>();
      for (const [client, run] of Object.entries(CLIENTS)) {
        const down = join(folder, client);
        results.set(client, await run(cleanup, { server, up: join(folder, 'up'), stored: `by ${client}`, down }));
        assert.ok(readFileSync(down).equals(data), `${client} fetches`);
        assert.ok(readFileSync(join(server.home, `by ${client}`)).equals(data), `${client} stores`);
      }
      assert.equal(readdirSync(server.home).length, 1 + results.size);
      const [first, ...others] = [...results].map(
        ([client, { nlst, list }]) => [client, lines(nlst), lines(list)] as const,
      );
      assert.ok(first !== undefined && first[1].length >= 5 && first[2].length >= 5, String(first));
      for (const [client, nlst, list] of others) {
        assert.deepEqual(nlst, first[1], `NLST of ${client} and ${first[0]}`);
        assert.deepEqual(list, first[2], `LIST of ${client} and ${first[0]}`);
      }
    },
    240,
  );
}
