/** What the tests of the walls stand on: machines with permissions, and a folder to try them on. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { createLua, type Permissions } from '../../src/entry/lua.ts';

const SCRIPTS = path.join(process.cwd(), 'test/lua/walls');
export const FOLDER = fs.mkdtempSync(path.join(os.tmpdir(), 'moonsocket-walls-'));
after(() => fs.rmSync(FOLDER, { recursive: true }));

/** Limits that none of the scripts meets: the walls hold where instructions are counted, too. */
const LIMITS = { instructions: 1e7, memory: 512 * 2 ** 20 };

/** What a script returns in a machine with these permissions; `before` are scripts of the folder that run first. */
export function ran(permissions: Partial<Permissions>, code: string, ...before: readonly string[]): unknown[] {
  const lua = createLua({ permissions, ...LIMITS });
  try {
    for (const name of before) lua.run(fs.readFileSync(path.join(SCRIPTS, name)));
    return lua.run(code);
  } finally {
    lua.close();
  }
}

/** The message of the error that ends a script. */
export function refused(permissions: Partial<Permissions>, code: string): string {
  const [ok, message] = ran(permissions, `return pcall(function(...) ${code} end)`);
  assert.equal(ok, false, `${code} went through`);
  return String(message);
}

export function folder(name: string): string {
  const made = path.join(FOLDER, name);
  fs.mkdirSync(made, { recursive: true });
  return made;
}
