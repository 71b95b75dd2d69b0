/** `socket.ftp` and `socket.smtp` of the Lua face with a real vsftpd and Postfix. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROGRAM } from '../cli/support.ts';
import { everyByte, newFolder, withTools } from '../peers/peer.ts';
import { Child, type Cleanup } from '../peers/tools.ts';
import { PASSWORD, startFtpd, USER } from './ftpd.ts';
import { startMta } from './mta.ts';

async function said(cleanup: Cleanup, args: readonly string[], input = ''): Promise<string> {
  const child = new Child(cleanup, process.execPath, [PROGRAM, 'lua', ...args]);
  child.process.stdin?.end(input, 'latin1');
  assert.deepEqual([(await child.ended).code, child.stderr], [0, '']);
  return child.stdout;
}

const FTP = `
  local ftp, ltn12 = require "socket.ftp", require "ltn12"
  local host, port, folder = "HOST", PORT, "FOLDER"
  local login = { host = host, port = port, user = "${USER}", password = "${PASSWORD}", type = "i" }
  local function with(fields) for name, value in pairs(login) do fields[name] = value end return fields end
  local function file(name, mode) return assert(io.open(folder .. "/" .. name, mode)) end
  print(ftp.put(with { path = "/a%20file", source = ltn12.source.file(file("up", "rb")) }))
  print(ftp.get(with { path = "/a%20file", sink = ltn12.sink.file(file("down", "wb")) }))
  print(ftp.get(with { argument = "nothing", sink = ltn12.sink.null() }))
  local names = {} print(ftp.get(with { command = "nlst", sink = ltn12.sink.table(names) })) print((table.concat(names):gsub("\\r\\n", ";")))
  print(ftp.command(with { command = { "rnfr", "rnto", "mkd", "dele" }, argument = { "a file", "b", "folder", "none" }, check = { 350, 250, 257, "5.." } }))
  for _, way in ipairs(WAYS) do
    local f = ftp.open(host, port) f:greet() f:login("${USER}", "${PASSWORD}") f:type("i") f[way](f)
    f:receive { argument = "b", sink = ltn12.sink.file(file(way, "wb")) } f[way](f)
    print(way, f:send { argument = way, source = ltn12.source.file(file("up", "rb")) }, f:quit(), f:close())
  end
  print(ftp.get("ftp://" .. (host == "::1" and "[::1]" or host) .. ":" .. port .. "/"))
`;

for (const [host, ways] of [
  ['127.0.0.1', ['pasv', 'epsv', 'port', 'eprt']],
  ['::1', ['epsv', 'eprt']],
] as const) {
  withTools(`vsftpd at ${host}, passive and active`, [], async (cleanup) => {
    const server = await startFtpd(cleanup, 'vsftpd', { host });
    const folder = newFolder(cleanup);
    const data = everyByte(300_000);
    writeFileSync(join(folder, 'up'), data);
    const code = FTP.replace('HOST', host)
      .replace('PORT', String(server.port))
      .replace('FOLDER', folder)
      .replace('WAYS', `{ "${ways.join('", "')}" }`);
    const lines = (await said(cleanup, ['-e', code])).split('\n');
    assert.deepEqual(lines.slice(0, 2), ['300000.0', '1']);
    assert.match(lines[2]!, /^nil\t550 /);
    assert.deepEqual(lines.slice(3, 6), ['1', 'a file;', '1']);
    assert.deepEqual(
      lines.slice(6, 6 + ways.length),
      ways.map((way) => `${way}\t300000.0\t1\t1`),
    );
    for (const name of ['down', ...ways]) assert.ok(readFileSync(join(folder, name)).equals(data), name);
    for (const name of ['b', ...ways]) assert.ok(readFileSync(join(server.home, name)).equals(data), name);
  });
}

withTools('Postfix takes a mail with a file', [], async (cleanup) => {
  const server = await startMta(cleanup, 'postfix');
  const file = join(newFolder(cleanup), 'all.bin');
  writeFileSync(file, everyByte(100_000));
  const to = 'b@test.example';
  await said(
    cleanup,
    ['examples/lua/mail.lua', `127.0.0.1:${server.port}`, 'a@test.example', to, 'From Lua', file],
    '.dot\ncaf\xc3\xa9\n',
  );
  const [message] = (await server.stored(1)).map((stored) => stored.toString('latin1').replaceAll('\r\n', '\n'));
  assert.match(message!, /\nSubject: From Lua\n/);
  assert.match(message!, /\n\.dot\ncaf=C3=A9\n/);
  const coded = /base64\n(?:[^\n]+\n)*\n([A-Za-z\d+/=\n]+?)\n--/.exec(message!)?.[1] as string;
  assert.ok(Buffer.from(coded, 'base64').equals(everyByte(100_000)));
  const refused = `print(require "socket.smtp".send { server = "127.0.0.1", port = ${server.port}, from = "<a@test.example>", rcpt = { "<${to}>", "<x@elsewhere.example>" }, source = require "ltn12".source.string "x" })`;
  assert.match(await said(cleanup, ['-e', refused]), /^nil\t554 5\.7\.1 /);
});
