/** `moonsocket doctor`. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Diagnosis } from '../../src/cli/doctor.ts';
import { Place } from './support.ts';

async function diagnosed(place: Place, env: Readonly<Record<string, string>>): Promise<Map<string, Diagnosis>> {
  const { output, errors } = await place.runWith({ env }, 'doctor', '--json');
  assert.equal(errors.replace(/^Warning: Ignoring extra certs.*\n/gm, ''), '');
  return new Map((JSON.parse(String(output)) as Diagnosis[]).map((found) => [found.name, found]));
}

describe('doctor', () => {
  it('says what works here', () =>
    Place.alone(async (place) => {
      const { output, status } = await place.runWith({ env: { NODE_EXTRA_CA_CERTS: '' } }, 'doctor');
      assert.equal(status, 0, String(output));
      assert.match(String(output), new RegExp(`^ok {7}runtime {7}Node ${process.versions.node}`));
      assert.match(String(output), /\nok {7}koffi {9}the blocking face/);
      assert.match(String(output), /\nok {7}wasmoon {7}Lua 5\.4\n/);
      assert.match(String(output), /\nok {7}OpenSSL .* in both faces\n/);
    }));

  it('finds proxies, whose passwords it does not show, and certificates', () =>
    Place.alone(async (place) => {
      writeFileSync(place.path('none.pem'), 'nothing');
      const env = { https_proxy: 'http://joe:secret@proxy.example:3128', NODE_EXTRA_CA_CERTS: place.path('none.pem') };
      const found = await diagnosed(place, env);
      assert.equal(found.get('proxies')?.says, 'https by http://proxy.example:3128');
      assert.equal(found.get('certificates')?.state, 'broken');
      assert.match(found.get('certificates')?.says ?? '', /none\.pem has no certificate in PEM/);
      const broken = await diagnosed(place, { http_proxy: 'socks5://127.0.0.1', NODE_EXTRA_CA_CERTS: '' });
      assert.equal(broken.get('proxies')?.state, 'broken');
      const { status } = await place.runWith({ env: { http_proxy: 'socks5://127.0.0.1' } }, 'doctor');
      assert.equal(status, 1);
    }));

  it('says what to install', () =>
    Place.alone(async (place) => {
      // The package as it is installed, alone.
      const home = place.path('node_modules/moonsocket');
      mkdirSync(home, { recursive: true });
      cpSync('package.json', `${home}/package.json`);
      cpSync('dist', `${home}/dist`, { recursive: true });
      const { status, output } = await place.ended(
        place.start(process.execPath, [`${home}/dist/cli/main.js`, 'doctor']),
      );
      assert.equal(status, 0);
      assert.match(String(output), /\nmissing {2}koffi [^\n]*\n +npm install koffi\n/);
      assert.match(String(output), /\nmissing {2}wasmoon [^\n]*\n +npm install wasmoon koffi\n/);
    }));
});
