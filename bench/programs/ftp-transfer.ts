// What the transfers of FTP share: the task, the piece that goes up again and again, and the figures of both ways.

import { WARM_UP, watchingRss } from './http-download.watch.ts';
import { expect, report, timed, units } from './measure.ts';

/** `down` or `up`: the argument behind the port and the bytes. */
const task = process.argv[4] as 'down' | 'up';

const PIECE = Buffer.alloc(65_536, 'moonsocket');

/** Where what goes up is stored. */
export const STORED = 'up/file';

/** The two ways of a client; `came` is called with each piece, `pieces` gives those that go. */
export interface Transfers {
  down(path: string, came: (piece: Uint8Array) => void): void | Promise<void>;
  up(path: string, next: () => Buffer | null): void | Promise<void>;
  size(path: string): number | Promise<number>;
}

export async function timeTransfers(transfers: Transfers): Promise<void> {
  const memory = await watchingRss();
  const once = async (bytes: number): Promise<void> => {
    let moved = 0;
    const moves = (piece: Uint8Array): void => {
      moved += piece.length;
      memory.came(piece.length);
    };
    if (task === 'down') await transfers.down(String(bytes), moves);
    else {
      await transfers.up(STORED, () => {
        if (moved >= bytes) return null;
        moves(PIECE);
        return PIECE;
      });
      expect('bytes stored', await transfers.size(STORED), bytes);
    }
    expect('bytes', moved, bytes);
  };
  await once(WARM_UP);
  const time = await timed(() => once(units));
  report({ units, ...time, bytes: { growth: memory.growth() } });
}
