/** A browser opens each page of the site: nothing in its console, readable in light and dark, and on a window of 360 px. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Browser, type Page } from './browser.ts';
import { LOW_CONTRAST, OVERFLOW, SHOWN } from './contrast.ts';
import { isOfOneName, pages, SITE, serveSite } from './site.ts';

const NARROW = { width: 360, height: 740 };
const WIDE = { width: 1280, height: 800 };
/** Pages that are open at once, in one browser. */
const TABS = 3;

const size = (tab: Page, window: typeof NARROW): Promise<unknown> =>
  tab.call('Emulation.setDeviceMetricsOverride', { ...window, deviceScaleFactor: 1, mobile: false });
const scheme = (tab: Page, value: string): Promise<unknown> =>
  tab.call('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value }] });

describe('each page', { concurrency: TABS }, () => {
  let browser: Browser;
  let site: Awaited<ReturnType<typeof serveSite>>;
  /** Those that no test uses: never fewer than tests that run. */
  const tabs: Page[] = [];
  before(async () => {
    site = await serveSite();
    browser = new Browser();
    for (let n = 0; n < TABS; n += 1) {
      const tab = await browser.open();
      await size(tab, NARROW);
      await scheme(tab, 'light');
      tabs.push(tab);
    }
  });
  after(async () => {
    await browser.close();
    site.server.closeAllConnections();
    site.server.close();
  });

  /** A test with a page to itself, which is narrow and light before and after it. */
  const inTab = (name: string, test: (tab: Page) => Promise<void>): void => {
    it(name, async () => {
      const tab = tabs.pop();
      assert.ok(tab !== undefined);
      try {
        await test(tab);
      } finally {
        await scheme(tab, 'light');
        await size(tab, NARROW);
        tabs.push(tab);
      }
    });
  };

  inTab('is seen to be wrong where it is', async (tab) => {
    const page =
      '<body style="background:#fff"><p style="color:#999">pale</p><p style="width:900px">wide</p><script>throw Error("cried")</script>';
    const complaints = await tab.visit(`data:text/html,${encodeURIComponent(page)}`);
    assert.match(complaints.join(), /cried/);
    assert.match((await tab.evaluate<string[]>(LOW_CONTRAST)).join(), /^2\.85 .*pale$/);
    assert.ok((await tab.evaluate<number>(OVERFLOW)) > 0);
  });

  for (const page of pages()) {
    inTab(page, async (tab) => {
      assert.deepEqual(await tab.visit(`${site.origin}/${page}`), []);
      // one expression: on a busy machine it is the ways to the browser and back that take their time
      const seen = `${SHOWN}.then(() => [${OVERFLOW}, ...${LOW_CONTRAST}])`;
      assert.deepEqual(await tab.evaluate(seen), [0], 'wider than 360 px, or contrast in light');
      await scheme(tab, 'dark');
      assert.deepEqual(await tab.evaluate(LOW_CONTRAST), [], 'contrast, dark');
      if (isOfOneName(page)) return;
      // the tree at the side is seen in wide windows
      await size(tab, WIDE);
      assert.deepEqual(await tab.evaluate(LOW_CONTRAST), [], 'contrast, dark, in a wide window');
      await scheme(tab, 'light');
      assert.deepEqual(await tab.evaluate(LOW_CONTRAST), [], 'contrast in a wide window');
    });
  }

  for (const [how, origin] of [
    ['from a server of files', () => site.origin],
    ['from a folder', () => pathToFileURL(SITE).href],
  ] as const) {
    inTab(`finds a name by the search, ${how}`, async (tab) => {
      await tab.visit(`${origin()}/index.html`);
      await tab.evaluate(SHOWN);
      const found = await tab.evaluate<string>(`new Promise((done) => {
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
  }
});
