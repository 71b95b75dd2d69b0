/** The log of a request: the heads of both directions, without what opens doors. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Network } from '../network.ts';

describe('the log of a request', () => {
  it('has the heads of all exchanges, and no secret', async () => {
    const replies = [
      'HTTP/1.1 302 Found\r\nLocation: /next\r\nSet-Cookie: a=hidden1\r\nContent-Length: 4\r\n\r\nbody',
      'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody',
    ];
    const network = new Network((_, index) => replies[index] as string);
    const lines: string[] = [];
    await network.ask('await', {
      url: 'http://joe:hidden2@example.com/start?q',
      headers: { 'X-Api-Key': 'hidden3', Cookie: 'b=hidden4', Accept: 'text/html' },
      log: (direction, line) => lines.push(`${direction} ${line}`),
    });
    const text = lines.join('\n');
    assert.doesNotMatch(text, /hidden|body/);
    assert.ok(!text.includes(Buffer.from('joe:hidden2').toString('base64')));
    for (const line of [
      '> GET /start?q HTTP/1.1',
      '> Authorization: Basic ****',
      '> X-Api-Key: ****',
      '> Cookie: ****',
      '> Accept: text/html',
      '< HTTP/1.1 302 Found',
      '< Set-Cookie: ****',
      '> GET /next HTTP/1.1',
      '< HTTP/1.1 103 Early Hints',
      '< Link: </x>',
      '< HTTP/1.1 200 OK',
    ])
      assert.ok(lines.includes(line), `${line} in\n${text}`);
    assert.ok(lines.indexOf('< HTTP/1.1 103 Early Hints') < lines.indexOf('< HTTP/1.1 200 OK'));
  });
});
