/** What is opened is closed, whatever comes in between; and a loop ends by a close, but not in silence by a failure. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { awaitRunner as runner } from '../../src/async/runner.ts';
import { ClosedError, Failure, type SocketError } from '../../src/core/errors.ts';
import { bindTcp, connectTcp, TcpClient } from '../../src/sockets/tcp.ts';
import { TcpMaster } from '../../src/sockets/tcp-master.ts';
import { UnixMaster } from '../../src/sockets/unix.ts';
import { Later, ScriptedConnection, ScriptedEngine } from './scripted-engine.ts';

const HERE = '127.0.0.1';

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no error',
    (error: SocketError) => error.code,
  );
}

describe('nothing stays open', () => {
  const scripts: readonly (readonly [
    name: string,
    master: (engine: ScriptedEngine) => { close(): void },
    call: (master: never) => Promise<unknown>,
  ])[] = [
    ['TCP, bind', (engine) => new TcpMaster(engine, runner), (master: TcpMaster<'await'>) => master.bind(HERE, 0)],
    ['TCP, listen', (engine) => new TcpMaster(engine, runner), (master: TcpMaster<'await'>) => master.listen()],
    [
      'TCP, connect',
      (engine) => new TcpMaster(engine, runner),
      (master: TcpMaster<'await'>) => master.connect(HERE, 1),
    ],
    ['Unix, bind', (engine) => new UnixMaster(engine, runner), (master: UnixMaster<'await'>) => master.bind('/s')],
    [
      'Unix, connect',
      (engine) => new UnixMaster(engine, runner),
      (master: UnixMaster<'await'>) => master.connect('/s'),
    ],
  ];
  for (const [name, make, call] of scripts) {
    // Neither a path nor the address that `listen` takes by itself is looked up.
    const isLookedUp = name === 'TCP, bind' || name === 'TCP, connect';
    for (const waits of isLookedUp ? (['resolution', 'opening'] as const) : (['opening'] as const)) {
      it(`of a master that is closed meanwhile (${name}, during the ${waits})`, async () => {
        const engine = new ScriptedEngine();
        const later = new Later<void>();
        engine[waits] = later.promise;
        const master = make(engine);
        const result = codeOf(call(master as never));
        master.close();
        later.give();
        assert.equal(await result, 'ERR_CLOSED');
        assert.equal(engine.open.size, 0);
      });
    }
  }

  for (const [name, make, call] of scripts.filter(([name]) => name.endsWith('bind'))) {
    it(`of two binds at once but the first (${name})`, async () => {
      const engine = new ScriptedEngine();
      const later = new Later<void>();
      engine.opening = later.promise;
      const master = make(engine);
      const results = [0, 1].map(() => codeOf(call(master as never)));
      later.give();
      assert.deepEqual(await Promise.all(results), ['no error', 'ERR_BOUND']);
      assert.equal(engine.open.size, 1);
      master.close();
      assert.equal(engine.open.size, 0);
    });
  }

  it('where a callback of the caller throws', async () => {
    const broken = (): never => {
      throw new TypeError('mine');
    };
    for (const options of [{ connected: broken }, { resolved: broken }, { resolved: broken, localPort: 4000 }]) {
      const engine = new ScriptedEngine();
      await assert.rejects(runner.run(connectTcp(engine, runner, HERE, 1, options)), { message: 'mine' });
      assert.equal(engine.open.size, 0);
    }
  });
});

describe('a loop over a server', () => {
  it('ends when the server is closed', async () => {
    const engine = new ScriptedEngine();
    engine.accepts = [new ScriptedConnection(engine)];
    const server = await runner.run(bindTcp(engine, runner, HERE, 0, {}));
    let count = 0;
    for await (const client of server) {
      count++;
      client.close();
      setImmediate(() => server.close());
    }
    assert.equal(count, 1);
  });

  it('does not take a failed accept for a close', async () => {
    const engine = new ScriptedEngine();
    engine.accepts = [new Failure('ECONNABORTED')];
    const server = await runner.run(bindTcp(engine, runner, HERE, 0, {}));
    const loop = async (): Promise<void> => {
      for await (const client of server) client.close();
    };
    assert.equal(await codeOf(loop()), 'ECONNABORTED');
    server.close();
  });
});

describe('a loop over lines', () => {
  const clientOf = (lines: string[], end?: Failure): TcpClient<'await'> => {
    const connection = new ScriptedConnection(new ScriptedEngine());
    connection.lines = lines;
    if (end !== undefined) connection.end = end;
    return new TcpClient(connection, runner);
  };
  const linesOf = async (client: TcpClient<'await'>, then = (): void => {}): Promise<string> => {
    const lines: string[] = [];
    try {
      for await (const line of client.lines()) {
        lines.push(line);
        then();
      }
      lines.push('end');
    } catch (error) {
      assert.ok(error instanceof ClosedError);
      lines.push(error.code);
    }
    return lines.join();
  };

  it('ends where the peer ends, and by an error where something is missing', async () => {
    assert.equal(await linesOf(clientOf(['a\n', 'b\n'])), 'a,b,end');
    assert.equal(await linesOf(clientOf(['a\n', 'b'])), 'a,ERR_CLOSED');
    assert.equal(await linesOf(clientOf(['a\n'], new Failure('ECONNRESET'))), 'a,ECONNRESET');
  });

  it('does not take a close on this side for the end', async () => {
    const client = clientOf(['a\n', 'b\n']);
    assert.equal(await linesOf(client, () => client.close()), 'a,ERR_CLOSED');
  });
});
