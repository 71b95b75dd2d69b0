/** A browser opens each page of the site: nothing in its console, readable in light and dark, and on a window of 360 px. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Browser } from './browser.ts';
import { LOW_CONTRAST, OVERFLOW, SHOWN } from './contrast.ts';
import { isOfOneName, pages, serveSite } from './site.ts';

const NARROW = { width: 360, height: 740 };
const WIDE = { width: 1280, height: 800 };

describe('each page', () => {
  let browser: Browser;
  let site: Awaited<ReturnType<typeof serveSite>>;
  before(async () => {
    site = await serveSite();
    browser = new Browser();
    await browser.open();
    await size(NARROW);
    await scheme('light');
  });
  after(async () => {
    await browser.close();
    site.server.closeAllConnections();
    site.server.close();
  });

  const size = (window: typeof NARROW): Promise<unknown> =>
    browser.call('Emulation.setDeviceMetricsOverride', { ...window, deviceScaleFactor: 1, mobile: false });
  const scheme = (value: string): Promise<unknown> =>
    browser.call('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value }] });

  it('is seen to be wrong where it is', async () => {
    const page =
      '<body style="background:#fff"><p style="color:#999">pale</p><p style="width:900px">wide</p><script>throw Error("cried")</script>';
    const complaints = await browser.visit(`data:text/html,${encodeURIComponent(page)}`);
    assert.match(complaints.join(), /cried/);
    assert.match((await browser.evaluate<string[]>(LOW_CONTRAST)).join(), /^2\.85 .*pale$/);
    assert.ok((await browser.evaluate<number>(OVERFLOW)) > 0);
  });

  for (const page of pages()) {
    it(page, async () => {
      assert.deepEqual(await browser.visit(`${site.origin}/${page}`), []);
      // one expression: on a busy machine it is the ways to the browser and back that take their time
      const seen = `${SHOWN}.then(() => [${OVERFLOW}, ...${LOW_CONTRAST}])`;
      assert.deepEqual(await browser.evaluate(seen), [0], 'wider than 360 px, or contrast in light');
      await scheme('dark');
      const dark = await browser.evaluate(LOW_CONTRAST);
      await scheme('light');
      assert.deepEqual(dark, [], 'contrast, dark');
      if (isOfOneName(page)) return;
      // the tree at the side is seen in wide windows
      await size(WIDE);
      const wide = await browser.evaluate(LOW_CONTRAST);
      await scheme('dark');
      const wideAndDark = await browser.evaluate(LOW_CONTRAST);
      await scheme('light');
      await size(NARROW);
      assert.deepEqual([wide, wideAndDark], [[], []], 'contrast in a wide window');
    });
  }

  it('finds a name by the search, without a server for it', async () => {
    await browser.visit(`${site.origin}/index.html`);
    await browser.evaluate(SHOWN);
    const found = await browser.evaluate<string>(`new Promise((done) => {
      document.querySelector('#tsd-search-trigger').click();
      const input = document.querySelector('#tsd-search-input');
      // Typing waits a moment before it searches, and the index may not be there yet.
      const type = () => {
        input.value = 'receive';
        input.dispatchEvent(new Event('input', { bubbles: true }));
      };
      const look = (round) => {
        const text = document.querySelector('#tsd-search-results').innerText;
        if (text.includes('receive')) return done(text);
        if (round % 20 === 0) type();
        setTimeout(look, 100, round + 1);
      };
      look(0);
    })`);
    assert.match(found, /TcpClient/);
  });
});
