/** Whether a program of Lua may run for long enough that compiling Lua well beforehand pays: not if all its code is one line after another. */
import { readFileSync } from 'node:fs';
import type { Program } from '../lua/interpreter.ts';

/** Words of code that runs more than once, or that is elsewhere. In a string or a comment they do no harm. */
const AGAIN = /\b(?:for|while|repeat|goto|function|load|loadfile|dofile)\b/;
const REQUIRES = /\brequire\b(?:\s*\(?\s*["']([\w.]+))?/g;
/** Modules that are ours; each begins with one of these names. */
const OURS = /^(?:socket|ssl|ltn12|mime|mbox|lfs)\b/;

export function mayLoop({ script, interactive, actions }: Program): boolean {
  if (interactive || process.env.LUA_INIT !== undefined || process.env.LUA_INIT_5_4 !== undefined) return true;
  return (
    (script !== undefined && isLong(textOf(script))) ||
    actions.some((action) =>
      action.kind === 'execute' ? isLong(action.code) : action.kind === 'require' && !OURS.test(action.module),
    )
  );
}

function isLong(code: string | undefined): boolean {
  if (code === undefined || AGAIN.test(code)) return true;
  return [...code.matchAll(REQUIRES)].some(([, module]) => module === undefined || !OURS.test(module));
}

/** The script's text; undefined where it is the standard input, or cannot be read, which Lua itself will say. */
function textOf(script: string): string | undefined {
  try {
    return script === '-' ? undefined : readFileSync(Buffer.from(script, 'latin1'), 'latin1');
  } catch {
    return undefined;
  }
}
