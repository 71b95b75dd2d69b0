/** Sockets that are forgotten without close: each is closed all the same, and a warning names the line that opened it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Child } from '../peers/tools.ts';
import { Scope, within } from '../reliability/harness.ts';

const FACE = JSON.stringify(new URL('../../src/entry/blocking.js', import.meta.url).href);

/** Where `forget` of a program opens what it forgets. */
const HERE = '/* here */';

interface Report {
  readonly warnings: readonly { code: string; message: string }[];
  /** Of the descriptors in `fds`, those that are still open. */
  readonly open: readonly number[];
  readonly said: unknown;
}

/**
 * Runs a program: `forget` is its function that opens sockets and puts their descriptors into `fds`; `after` comes when
 * the collector has run, and may set `said`. It has a server at `port`, which stays.
 */
async function run(forget: string, after = ''): Promise<Report & { readonly place: string }> {
  const program = `import fs from 'node:fs';
    import { bind, connect, fd, listening, pair, tcp, udp, unix, warnOfLeaks } from ${FACE};
    const warnings = [];
    process.on('warning', ({ code, message }) => warnings.push({ code, message }));
    const inode = (fd) => { try { return fs.fstatSync(fd).ino; } catch { return undefined; } };
    const collect = async () => { gc(); await new Promise((done) => setTimeout(done, 1)); };
    const server = bind('127.0.0.1', 0);
    const { port } = server.getsockname();
    const fds = [];
    const kept = [];
    let said;
    (() => {
      ${forget}
    })();
    const inodes = fds.map(inode); // a number may be another file's by and by
    const stillOpen = () => fds.filter((fd, i) => inodes[i] !== undefined && inode(fd) === inodes[i]);
    for (let i = 0; i < 20 || (i < 200 && stillOpen().length > 0); i++) await collect();
    const open = stillOpen();
    ${after}
    console.log(JSON.stringify({ warnings, open, said }));
    for (const socket of kept) socket.close();
    server.close();
    `;
  const folder = mkdtempSync(join(tmpdir(), 'moonsocket-leaks-'));
  const scope = new Scope();
  scope.defer(() => rmSync(folder, { recursive: true }));
  try {
    const file = join(folder, 'forgetful.mjs');
    writeFileSync(file, program);
    const child = new Child(scope, process.execPath, ['--expose-gc', file]);
    const { code } = await within(60, child.ended, () => `the program still runs: ${child.stderr}`);
    assert.equal(code, 0, child.stderr);
    const line = program.split('\n').findIndex((text) => text.includes(HERE)) + 1;
    return { ...(JSON.parse(child.stdout) as Report), place: `forgetful.mjs:${line}:` };
  } finally {
    await scope.end();
  }
}

/** What is forgotten, how many descriptors that is, and what the other side says. */
const FORGOTTEN: readonly { what: string; forget: string; count?: number; after?: string; says?: unknown }[] = [
  {
    what: 'a client',
    forget: `fds.push(connect('127.0.0.1', port).getfd()); ${HERE}`,
    after:
      'const accepted = server.accept(); try { accepted.receive(); } catch (error) { said = error.code; } accepted.close();',
    says: 'ERR_CLOSED',
  },
  {
    what: 'an accepted client',
    forget: `kept.push(connect('127.0.0.1', port));
      fds.push(server.accept().getfd()); ${HERE}`,
    after: 'try { kept[0].receive(); } catch (error) { said = error.code; }',
    says: 'ERR_CLOSED',
  },
  {
    what: 'a client of a loop over the server',
    forget: `kept.push(connect('127.0.0.1', port));
      for (const client of server) { ${HERE}
        fds.push(client.getfd());
        break;
      }`,
  },
  {
    what: 'a server',
    forget: `const forgotten = bind('127.0.0.1', 0); ${HERE}
      fds.push(forgotten.getfd());
      kept.push(connect('127.0.0.1', forgotten.getsockname().port));`,
    after: 'try { kept[0].receive(); } catch (error) { said = error.code; }',
    says: 'ECONNRESET',
  },
  { what: 'a server over the socket of another', forget: `fds.push(listening(server.getfd()).getfd()); ${HERE}` },
  {
    what: 'a master that was bound',
    forget: `const master = tcp();
      master.bind('127.0.0.1', 0); ${HERE}
      fds.push(master.getfd());`,
  },
  {
    what: 'a master of Unix sockets',
    forget: `const master = unix.stream();
      master.bind('\\0moonsocket-' + process.pid); ${HERE}
      const listener = master.listen();
      fds.push(listener.getfd());`,
  },
  {
    what: 'a UDP socket',
    forget: `const socket = udp();
      socket.setsockname('127.0.0.1', 0); ${HERE}
      fds.push(socket.getfd());`,
  },
  { what: 'a pair', forget: `for (const end of pair()) fds.push(end.getfd()); ${HERE}`, count: 2 },
  {
    what: 'a descriptor',
    forget: `fds.push(fs.openSync(process.argv[1], 'r'));
      fd(fds[0], 'r'); ${HERE}`,
  },
  {
    what: 'a socket that the object has whose constructor opened it',
    forget: `class Session {
        constructor() {
          this.client = connect('127.0.0.1', port); ${HERE}
          fds.push(this.client.getfd());
        }
      }
      new Session();`,
  },
  {
    what: 'a socket that the function has in its scope that opened it',
    forget: `let client;
      const open = () => {
        client = connect('127.0.0.1', port); ${HERE}
        return client.getfd();
      };
      fds.push(open());`,
  },
];

describe('sockets that are forgotten', () => {
  for (const { what, forget, count = 1, after, says } of FORGOTTEN) {
    it(`${what} is closed, and its line is named`, async () => {
      const { warnings, open, said, place } = await run(forget, after);
      assert.deepEqual(open, []);
      assert.equal(warnings.length, count, JSON.stringify(warnings));
      for (const { code, message } of warnings) {
        assert.equal(code, 'MOONSOCKET_LEAK');
        assert.ok(message.includes(place), `${place} is not in: ${message}`);
      }
      assert.equal(said, says);
    });
  }

  it('without warnings they are closed as well', async () => {
    const { warnings, open } = await run(`warnOfLeaks(false);
      for (const end of pair()) fds.push(end.getfd());`);
    assert.deepEqual({ warnings, open }, { warnings: [], open: [] });
  });

  it('warnings that are switched off later are not given any more', async () => {
    const { warnings, open } = await run(`for (const end of pair()) fds.push(end.getfd());
      warnOfLeaks(false);`);
    assert.deepEqual({ warnings, open }, { warnings: [], open: [] });
  });

  it('one that was closed is not warned of', async () => {
    const { warnings } = await run(`const client = connect('127.0.0.1', port);
      const socket = udp();
      socket.setsockname('127.0.0.1', 0);
      for (const each of [...pair(), bind('127.0.0.1', 0), server.accept(), client, socket]) {
        fds.push(each.getfd());
        each.close();
      }`);
    assert.deepEqual(warnings, []);
  });

  it('one that failed is not warned of, nor one that was handed on', async () => {
    const { warnings } = await run(`const spent = tcp();
      spent.bind('127.0.0.1', 0);
      kept.push(spent.connect('127.0.0.1', port));
      const refused = tcp();
      refused.bind('127.0.0.1', 0);
      const { port: nobodys } = refused.getsockname();
      try { connect('127.0.0.1', nobodys); } catch (error) { said = error.code; }
      refused.close();`);
    assert.deepEqual(warnings, []);
  });

  it('one in use stays, also where only a loop has it', async () => {
    const { warnings, open, said } = await run(
      `const [here, there] = pair();
      kept.push(here, connect('127.0.0.1', port));
      here.send('one\\ntwo\\nthree\\n');
      here.shutdown('send');
      said = there.lines();
      fds.push(...kept.map((each) => each.getfd()));`,
      `const lines = said;
      said = [];
      for (const line of lines) {
        await collect();
        said.push(line);
      }`,
    );
    assert.deepEqual(said, ['one', 'two', 'three']);
    assert.equal(open.length, 2);
    assert.ok(warnings.length <= 1, JSON.stringify(warnings)); // the end that the loop had, once it is over
  });

  it('of thousands, some lines are kept', async () => {
    const { warnings, open, place } = await run(`for (let i = 0; i < 400; i++) for (const end of pair()) end.close();
      for (let i = 0; i < 32; i++) for (const end of pair()) fds.push(end.getfd()); ${HERE}`);
    assert.deepEqual(open, []);
    assert.equal(warnings.length, 64);
    const named = warnings.filter(({ message }) => message.includes(place));
    assert.equal(named.length, 2);
    for (const { message } of warnings) assert.match(message, /opened (at|where, is not known)/);
  });
});
