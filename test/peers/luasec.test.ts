/** LuaSec of the Lua face with other TLS: LuaSec's own C core in either role, and openssl's server and client. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'node:test';
import { type Host, start } from '../lua/support.ts';
import { withTools } from './peer.ts';
import { temporaryFiles } from './tls-files.ts';
import { DATA, SUM, sumOf } from './tls-talk.ts';
import { Child, type Cleanup, type Tool } from './tools.ts';

const FOLDER = temporaryFiles();
writeFileSync(join(FOLDER, 'data'), DATA);
const VERSIONS = ['tlsv1_2', 'tlsv1_3'] as const;
const TOOLS: readonly Tool[] = ['lua5.4', 'luasocket', 'luasec', 'openssl'];

const PRELUDE = `
  local socket, ssl = require "socket", require "ssl"
  local C, version = arg[1] .. "/", arg[2]
  local function say(...) print(...) io.stdout:flush() end
  local CLIENT = { mode = "client", protocol = version, cafile = C .. "root.pem", verify = "peer", options = "all",
    key = C .. "client.key", certificate = C .. "client.whole.pem", alpn = { "x", "echo" } }
  local SERVER = { mode = "server", protocol = version, key = C .. "server.key", certificate = C .. "server.whole.pem", options = "all",
    cafile = C .. "root.pem", verify = { "peer", "fail_if_no_peer_cert" }, alpn = { "echo" } }
`;

/** Sends back what comes, by counts that each line names. */
const ECHO = `${PRELUDE}
  local listening = assert(socket.bind("127.0.0.1", 0))
  say("port " .. math.tointeger(tonumber((select(2, listening:getsockname())))) .. ".")
  local conn = assert(ssl.wrap(assert(listening:accept()), SERVER))
  conn:settimeout(20)
  assert(conn:dohandshake())
  local line, wrong
  while true do
    line, wrong = conn:receive()
    if not line then break end
    assert(conn:send(assert(conn:receive(tonumber(line)))))
  end
  say(wrong, conn:info("protocol"), conn:getalpn(), conn:getpeercertificate():subject()[1].value, #conn:getpeerchain())
  conn:close()`;

/** Sends the data in pieces around the sizes of records, and compares what comes back. */
const TALK = `${PRELUDE}
  local conn = assert(ssl.wrap(assert(socket.connect("127.0.0.1", tonumber(arg[3]))), CLIENT))
  conn:settimeout(20)
  conn:sni("localhost")
  assert(conn:dohandshake())
  local file <close> = assert(io.open(C .. "data", "rb"))
  local data, at, sizes = file:read "a", 0, { 1, 7, 100, 8191, 8192, 8193, 16383, 16384, 16385, 65536, 100000 }
  while at < #data do
    local size = math.min(table.remove(sizes, 1) or 65536, #data - at)
    assert(conn:send(size .. "\\r\\n"))
    assert(conn:send(data, at + 1, at + size) == at + size)
    assert(assert(conn:receive(size)) == data:sub(at + 1, at + size))
    at = at + size
  end
  say("same", conn:info("protocol"), conn:getalpn(), conn:getpeercertificate():subject()[1].value)
  conn:close()`;

function run(cleanup: Cleanup, host: Host, code: string, ...args: readonly string[]): Child {
  const texts = [FOLDER, ...args].map((arg) => JSON.stringify(arg)).join(', ');
  return start(cleanup, host, ['-e', `arg = { ${texts} } ${code}`]);
}

async function ended(child: Child): Promise<string> {
  assert.deepEqual(await child.ended, { code: 0, signal: null }, child.stderr);
  return child.stdout;
}

const NAMES = { tlsv1_2: 'TLSv1.2', tlsv1_3: 'TLSv1.3' } as const;

describe('LuaSec of C', () => {
  for (const version of VERSIONS) {
    for (const [server, client] of [
      ['ours', 'native'],
      ['native', 'ours'],
      ['ours', 'ours'],
    ] as const) {
      withTools(`${server} serves ${client}, ${version}`, TOOLS, async (cleanup) => {
        const serving = run(cleanup, server, ECHO, version);
        const port = (await serving.said(/port (\d+)\./))[1] as string;
        const talking = run(cleanup, client, TALK, version, port);
        assert.equal(await ended(talking), `same\t${NAMES[version]}\techo\tlocalhost\n`);
        assert.match(await ended(serving), new RegExp(`closed\t${NAMES[version]}\techo\ta client\t3\n$`));
      });
    }
  }
});

describe('openssl', () => {
  for (const version of VERSIONS) {
    const only = version === 'tlsv1_3' ? '-tls1_3' : '-tls1_2';
    const file = (name: string): string => join(FOLDER, name);

    withTools(`s_server and a client of ours, ${version}`, ['openssl'], async (cleanup) => {
      const identity = ['-cert', file('server.pem'), '-key', file('server.key'), '-cert_chain', file('chain.pem')];
      const server = new Child(cleanup, 'openssl', [
        's_server',
        '-accept',
        '127.0.0.1:0',
        '-naccept',
        '1',
        '-rev',
        only,
        ...identity,
      ]);
      const port = (await server.said(/^ACCEPT .*:(\d+)$/m))[1] as string;
      const client = run(
        cleanup,
        'ours',
        `${PRELUDE}
        local conn = assert(ssl.wrap(assert(socket.connect("127.0.0.1", tonumber(arg[3]))), CLIENT))
        conn:settimeout(20)
        assert(conn:dohandshake())
        for _, line in ipairs { "first", ("x"):rep(5000) .. "last", "" } do
          assert(conn:send(line .. "\\n"))
          assert(assert(conn:receive()) == line:reverse())
        end
        say("reversed", conn:info("protocol"))
        conn:close()`,
        version,
        port,
      );
      assert.equal(await ended(client), `reversed\t${NAMES[version]}\n`);
    });

    withTools(`s_client and a server of ours, ${version}`, ['openssl'], async (cleanup) => {
      const server = run(
        cleanup,
        'ours',
        `${PRELUDE}
        local listening = assert(socket.bind("127.0.0.1", 0))
        say("port " .. math.tointeger(tonumber((select(2, listening:getsockname())))) .. ".")
        SERVER.verify = "none"
        local conn = assert(ssl.wrap(assert(listening:accept()), SERVER))
        conn:settimeout(20)
        assert(conn:dohandshake())
        local data = assert(conn:receive(${DATA.length}))
        assert(conn:send(data))
        say(conn:getsniname(), conn:getalpn(), conn:receive())
        conn:close()`,
        version,
      );
      const port = (await server.said(/port (\d+)\./))[1] as string;
      const client = new Child(cleanup, 'openssl', [
        ...[
          's_client',
          '-connect',
          `127.0.0.1:${port}`,
          only,
          '-quiet',
          '-no_ign_eof',
          '-nocommands',
          '-alpn',
          'y,echo',
        ],
        ...[
          '-CAfile',
          file('root.pem'),
          '-verify_return_error',
          '-servername',
          'localhost',
          '-verify_hostname',
          'localhost',
        ],
      ]);
      let got = Buffer.alloc(0);
      const whole = new Promise<void>((resolve) => {
        client.process.stdout?.on('data', (text: string) => {
          got = Buffer.concat([got, Buffer.from(text, 'latin1')]);
          if (got.length >= DATA.length) resolve();
        });
      });
      client.process.stdin?.write(DATA);
      await Promise.race([whole, client.ended]);
      assert.equal(sumOf(got), SUM, client.stderr);
      client.process.stdin?.end();
      assert.match(await ended(server), /localhost\techo\tnil\tclosed\t\n$/);
    });
  }
});
