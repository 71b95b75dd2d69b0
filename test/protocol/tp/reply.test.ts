/** Numbered replies, in pieces: what is one, where it ends, and what is refused. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runAsync } from '../../../src/core/flow.ts';
import { REPLY_LIMIT, REPLY_LINE_LIMIT, REPLY_LINES } from '../../../src/core/limits.ts';
import { readReply } from '../../../src/protocol/tp/reply.ts';
import { errorOf, inPieces, scripted } from '../../core/scripted-io.ts';

describe('a reply', () => {
  const rows: [title: string, wire: string, code: number, text: string][] = [
    ['one line', '220 ready\r\n', 220, 'ready'],
    ['LF alone', '220 ready\n', 220, 'ready'],
    ['a code without text', '250\r\n', 250, ''],
    ['a code and a blank', '250 \r\n', 250, ''],
    ['several lines, each with the code (RFC 5321)', '250-a\r\n250-b\r\n250 c\r\n', 250, 'a\nb\nc'],
    [
      'several lines, as FEAT has them (RFC 2389)',
      '211-Features:\r\n MDTM\r\n SIZE\r\n211 End\r\n',
      211,
      'Features:\n MDTM\n SIZE\nEnd',
    ],
    ['the odd form: lines of other numbers', '123-First line\r\nSecond line\r\n  234 A line beginning with numbers\r\n123 The last line\r\n', 123, 'First line\nSecond line\n  234 A line beginning with numbers\nThe last line'], // biome-ignore format: a table
    ['another code does not end it', '211-a\r\n226 b\r\n211 c\r\n', 211, 'a\n226 b\nc'],
    ['the code and other letters do not end it', '211-a\r\n2112\r\n211:x\r\n211 c\r\n', 211, 'a\n2112\n211:x\nc'],
    ['an empty line does not end it', '214-a\r\n\r\n214 c\r\n', 214, 'a\n\nc'],
    ['a last line without a blank', '250-a\r\n250\r\n', 250, 'a\n'],
    ['Latin-1', '257 "\xfc"\r\n', 257, '"\ufffd"'],
  ];
  for (const [title, wire, code, text] of rows) {
    inPieces(title, `${wire}REST`, async (stream) => {
      const reply = await runAsync(readReply(stream));
      assert.deepEqual([reply.code, reply.text], [code, text]);
      assert.equal(String(await runAsync(stream.receive(4))), 'REST');
    });
  }

  const strange: [wire: string, code: string, message: RegExp][] = [
    ['hello\r\n', 'ERR_REPLY', /"hello"/],
    ['\r\n', 'ERR_REPLY', /three digits/],
    ['22 x\r\n', 'ERR_REPLY', /three digits/],
    ['2200 x\r\n', 'ERR_REPLY', /three digits/],
    ['620 x\r\n', 'ERR_REPLY', /three digits/],
    ['099 x\r\n', 'ERR_REPLY', /three digits/],
    [' 220 x\r\n', 'ERR_REPLY', /three digits/],
    ['HTTP/1.1 400 Bad Request\r\n', 'ERR_TLS_WRONG_PROTOCOL', /HTTP/],
    ['SSH-2.0-OpenSSH_9.2p1\r\n', 'ERR_TLS_WRONG_PROTOCOL', /SFTP is a protocol of SSH/],
    ['+OK ready\r\n', 'ERR_TLS_WRONG_PROTOCOL', /POP3/],
    ['* OK ready\r\n', 'ERR_TLS_WRONG_PROTOCOL', /IMAP/],
    ['\x15\x03\x03\x00\x02\x02\n', 'ERR_TLS_WRONG_PROTOCOL', /mode implicit/],
    ['220-x\r\n', 'ERR_CLOSED', /closed/],
    ['220 x', 'ERR_CLOSED', /closed/],
    [`220 ${'x'.repeat(REPLY_LINE_LIMIT)}\r\n`, 'ERR_LIMIT', /limit/],
  ];
  for (const [wire, code, message] of strange) {
    inPieces(`refused: ${JSON.stringify(wire.slice(0, 24))}`, wire, async (stream) => {
      const error = await errorOf(() => runAsync(readReply(stream)));
      assert.deepEqual([(error as { code?: string }).code, message.test(error.message)], [code, true], error.message);
    });
  }

  it('has a limit on its lines, and on its bytes', async () => {
    const many = scripted('220-x\r\n'.repeat(REPLY_LINES + 1));
    await assert.rejects(runAsync(readReply(many)), { code: 'ERR_LIMIT', message: /10000 lines/ });
    const line = `220-${'x'.repeat(8000)}\r\n`;
    const long = scripted(line.repeat(Math.ceil(REPLY_LIMIT / 8000) + 1));
    await assert.rejects(runAsync(readReply(long)), { code: 'ERR_LIMIT', message: /262144 bytes/ });
  });
});
