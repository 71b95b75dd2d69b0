/** What follows from the failure of one file of a mirror. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AbortError, LimitError, ReplyError, SocketError, TimeoutError } from '../../../src/core/errors.ts';
import { MIRROR_ATTEMPTS } from '../../../src/core/limits.ts';
import { type Verdict, verdictOn } from '../../../src/protocol/ftp/mirror-file.ts';

const reply = (code: number): ReplyError =>
  new ReplyError('ERR_FTP_REPLY', `ftp: ${code} no`, { reply: { code, text: 'no' } });
const ofSystem = (code: string): Error => Object.assign(new Error(code), { code });

describe('a file of a mirror that has failed', () => {
  const rows: readonly (readonly [title: string, error: unknown, resumed: boolean, verdict: Verdict])[] = [
    ['a lost connection', new SocketError('ECONNRESET', 'x'), false, 'again'],
    ['a timeout', new TimeoutError('ETIMEDOUT', 'x'), false, 'again'],
    ['a copy that is cut', new SocketError('ERR_PARTIAL', 'x'), true, 'again'],
    ['a reply that says later', reply(450), false, 'again'],
    ['a reply that says no', reply(550), false, 'failed'],
    ['the same to REST', reply(502), true, 'again'],
    ['no file there', new SocketError('ENOENT', 'x'), false, 'failed'],
    ['a listing in no known format', new SocketError('ERR_FTP_LISTING', 'x'), false, 'failed'],
    ['a name that no line holds', new SocketError('ERR_INVALID_ARGUMENT', 'x'), false, 'left out'],
    ['a limit', new LimitError('ERR_LIMIT', 'x'), false, 'last'],
    ['no right to a file here', ofSystem('EACCES'), false, 'failed'],
    ['no room here', ofSystem('ENOSPC'), false, 'last'],
    ['no quota here', ofSystem('EDQUOT'), false, 'last'],
    ['no writing here', ofSystem('EROFS'), false, 'last'],
    ['a signal', new AbortError('ABORT_ERR', 'x'), false, 'over'],
    ["the program's error", new Error('mine'), false, 'over'],
    ['what is no error', 'mine', false, 'over'],
  ];
  for (const [title, error, resumed, verdict] of rows) {
    it(`${title}: ${verdict}`, () => {
      assert.equal(verdictOn(error, 1, resumed), verdict);
      assert.equal(verdictOn(error, MIRROR_ATTEMPTS - 1, resumed), verdict);
      assert.equal(verdictOn(error, MIRROR_ATTEMPTS, resumed), verdict === 'again' ? 'failed' : verdict);
    });
  }
});
