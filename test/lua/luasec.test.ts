/** LuaSec's functions, call by call: what ours say is what LuaSec 1.3.2 says, and Debian's 1.2.0 but for what it has not. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { needs } from '../peers/tools.ts';
import { CERTIFICATES } from './luasec/certificates.ts';
import { CONTEXTS } from './luasec/contexts.ts';
import { DATA } from './luasec/data.ts';
import { FACTS } from './luasec/facts.ts';
import { makeFiles } from './luasec/files.ts';
import { HANDSHAKES } from './luasec/handshakes.ts';
import { HTTPS } from './luasec/https.ts';
import { NAMES } from './luasec/names.ts';
import { type Probe, scriptOf } from './luasec/probe.ts';
import { lua, native, type Ran } from './support.ts';

const SECTIONS: Readonly<Record<string, readonly Probe[]>> = {
  contexts: CONTEXTS,
  handshakes: HANDSHAKES,
  'names and protocols': NAMES,
  data: DATA,
  'what is known of a connection': FACTS,
  certificates: CERTIFICATES,
  https: HTTPS,
};

const ALL = Object.values(SECTIONS).flat();

function compared(title: string, run: (script: string, folder: string) => Ran, says: (probe: Probe) => string): void {
  describe(title, needs('openssl', ...(run === theirs ? (['lua5.4', 'luasocket', 'luasec'] as const) : [])), () => {
    let lines: string[] = [];
    before(() => {
      // One script: what an error leaves behind is met by the next call that fails.
      const { output, errors } = run(scriptOf(ALL), makeFiles());
      assert.equal(errors, '');
      lines = Buffer.from(output, 'latin1').toString().split('\n');
      assert.equal(lines.length, ALL.length + 1);
    });
    for (const [section, probes] of Object.entries(SECTIONS)) {
      it(section, () => {
        const shown = (text: (probe: Probe) => string): string[] =>
          probes.map((probe) => `${probe.name}: ${text(probe)}`);
        assert.deepEqual(
          shown((probe) => lines[ALL.indexOf(probe)] as string),
          shown(says),
        );
      });
    }
  });
}

function ours(script: string, folder: string): Ran {
  return lua(['-e', `arg = { ${JSON.stringify(folder)}, "all" } ${script}`]);
}

function theirs(script: string, folder: string): Ran {
  return native(['-e', `arg = { ${JSON.stringify(folder)} } ${script}`]);
}

compared('our LuaSec', ours, ({ says }) => says);
compared("Debian's LuaSec 1.2.0", theirs, ({ says, before }) => before ?? says);

it('is found before the one of the system, by every name', needs('luasec'), () => {
  const names = ['ssl', 'ssl.core', 'ssl.context', 'ssl.x509', 'ssl.config', 'ssl.https'];
  const code = `for _, name in ipairs { ${names.map((name) => `"${name}"`).join(', ')} } do require(name) end
    print(require("ssl")._VERSION, require("ssl.https")._VERSION, require("ssl.core") == package.loaded["ssl.core"])`;
  assert.deepEqual(lua(['-e', code]), { status: 0, output: '1.3.2\t1.3.2\ttrue\n', errors: '' });
});
