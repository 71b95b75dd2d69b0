/** Each link of the site leads to a file of it, and each anchor to a place. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { anchorsOf, isFile, linksOf, pages } from './site.ts';

it('has a page for each thing and each text', () => {
  const all = pages();
  for (const page of ['index.html', 'interfaces/moonsocket.TcpClient.html', 'documents/Error_codes.html'])
    assert.ok(all.includes(page), page);
});

it('has no link that leads to nothing', () => {
  const anchors = new Map<string, ReadonlySet<string>>();
  const broken: string[] = [];
  for (const page of pages()) {
    for (const { target, file, anchor } of linksOf(page)) {
      if (!isFile(file)) broken.push(`${page}: ${target}`);
      else if (anchor !== '' && file.endsWith('.html')) {
        if (!anchors.has(file)) anchors.set(file, anchorsOf(file));
        if (!anchors.get(file)!.has(anchor)) broken.push(`${page}: ${target}`);
      }
    }
  }
  assert.deepEqual(broken, []);
});

it('shows the members of the sockets in both faces', () => {
  for (const page of ['interfaces/moonsocket.TcpClient.html', 'interfaces/moonsocket_blocking.TcpClient.html'])
    for (const member of ['receive', 'send', 'settimeout', 'close'])
      assert.ok(anchorsOf(page).has(member), `${page} has no ${member}`);
});
