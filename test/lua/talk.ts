/** The peer of the conformance suite, and scripts that talk to it from both hosts. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { type RunningPeer, startPeer } from '../conformance/harness.ts';
import type { Bytes, Step } from '../conformance/script.ts';
import { needs } from '../peers/tools.ts';
import { lua, native } from './support.ts';

let running: RunningPeer;
before(async () => {
  running = await startPeer();
});
after(() => running.stop());

/** `talk` hands the peer its steps, over a connection of its own or this one; `show` prints values so that both hosts print the same. */
const BEGIN = `
  local socket = require "socket"
  local port = PORT
  local function talk(steps, client)
    client = client or assert(socket.connect("127.0.0.1", port))
    assert(client:send(steps .. "\\n"))
    return client
  end
  local function show(...)
    local values = table.pack(...)
    for i = 1, values.n do
      values[i] = type(values[i]) == "string" and ("%q"):format(values[i]) or tostring(values[i])
    end
    print(table.concat(values, " "))
  end
`;

/** Steps as a string of Lua's. */
export function steps(...script: readonly Step[]): string {
  return `[==[${JSON.stringify(script)}]==]`;
}

/** What runs with both hosts prints the same with both. */
export function alikeOverPeer(name: string, code: string): void {
  it(name, needs('lua5.4', 'luasocket'), () => {
    const args = ['-e', BEGIN.replace('PORT', String(running.peer.port)) + code];
    const [ours, theirs] = [lua(args), native(args)];
    assert.equal(ours.errors, theirs.errors);
    assert.deepEqual(ours.output.split('\n'), theirs.output.split('\n'));
    assert.equal(theirs.status, 0, theirs.errors);
    assert.notEqual(theirs.output, '');
  });
}

export const sent = (bytes: Bytes, cut: number | undefined): Step => ({
  do: 'send',
  bytes,
  ...(cut === undefined ? {} : { cut }),
});
