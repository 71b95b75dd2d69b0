/**
 * Case 514: a program of copas, lines and downloads side by side, for as long as ENDURANCE_SECONDS says, three without it.
 * What it holds in the end is what it held after its first quarter.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { withTools } from '../peers/peer.ts';
import { startNginx } from '../peers/servers/nginx.ts';
import type { Cleanup } from '../peers/tools.ts';
import { COPAS_CREATE, COPAS_PATH } from './copas.ts';
import { start } from './support.ts';

const SECONDS = Number(process.env.ENDURANCE_SECONDS ?? 3);
/** Bytes that are the collectors', Lua's and V8's, which take their time. */
const GROWTH = 64 * 2 ** 20;

/** It says `quarter` when a fourth of its time is over, and at the end what it has done and waits to be asked to leave. */
const PROGRAM = `
  ${COPAS_PATH}
  local copas, socket, http = require "copas", require "socket", require "socket.http"
  local url, seconds = arg[1], tonumber(arg[2])
  local begin, lines, downloads, wrong = socket.gettime(), 0, 0, 0
  -- On a busy machine the time alone would not be enough for what is counted.
  local function going() return socket.gettime() - begin < seconds or lines <= 100 or downloads <= 10 end

  local server = assert(socket.bind("127.0.0.1", 0, 64))
  local port = math.tointeger(tonumber((select(2, server:getsockname()))))
  copas.addserver(server, function(raw)
    local client = copas.wrap(raw)
    for line in function() return client:receive() end do client:send(line .. "\\n") end
  end)
  for i = 1, 20 do
    copas.addthread(function()
      local raw = socket.tcp()
      assert(copas.connect(raw, "127.0.0.1", port))
      local client = copas.wrap(raw)
      while going() do
        local line = ("client %d, line %d, "):format(i, lines) .. ("x"):rep(lines % 300)
        client:send(line .. "\\n")
        if client:receive() ~= line then wrong = wrong + 1 end
        lines = lines + 1
      end
      raw:close()
    end)
  end

${COPAS_CREATE}
  for i = 1, 5 do
    copas.addthread(function()
      while going() do
        local size = 0
        local done, code = http.request {
          url = url .. "/1k.bin", create = create, sink = function(chunk) size = size + #(chunk or "") return 1 end,
        }
        if not done or code ~= 200 or size ~= 1024 then wrong = wrong + 1 end
        downloads = downloads + 1
      end
    end)
  end

  local told
  while going() do
    copas.step(0.1)
    if not told and socket.gettime() - begin > seconds / 4 then
      told = true collectgarbage() print("quarter") io.stdout:flush()
    end
  end
  for i = 1, 20 do copas.step(0.05) end
  collectgarbage() collectgarbage()
  print("end", lines, downloads, wrong) io.stdout:flush()
  io.read()`;

interface Held {
  readonly memory: number;
  readonly descriptors: number;
}

/** Resident memory, in bytes, and open files (proc(5)). */
function heldBy(pid: number): Held {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) as RegExpExecArray;
  return { memory: Number(kibibytes) * 1024, descriptors: readdirSync(`/proc/${pid}/fd`).length };
}

async function endures(cleanup: Cleanup): Promise<void> {
  const { url } = await startNginx(cleanup);
  const program = start(cleanup, 'ours', ['-e', `arg = { "${url}", ${SECONDS} } ${PROGRAM}`]);
  await program.said(/quarter\n/);
  const early = heldBy(program.pid);
  const [, lines, downloads, wrong] = await program.said(/end\t(\d+)\t(\d+)\t(\d+)\n/);
  const late = heldBy(program.pid);
  program.process.stdin?.end();
  assert.deepEqual([await program.ended, program.stderr], [{ code: 0, signal: null }, '']);
  assert.equal(Number(wrong), 0);
  assert.ok(Number(lines) > 100 && Number(downloads) > 10, program.stdout);
  assert.ok(late.memory < early.memory + GROWTH, `${early.memory} bytes became ${late.memory}`);
  assert.ok(late.descriptors < early.descriptors, 'the connections of the clients are closed');
  if (process.env.ENDURANCE_SECONDS !== undefined) console.log({ lines, downloads, early, late });
}

withTools('514: copas, lines and downloads', ['copas', 'nginx'], endures, SECONDS + 60);
