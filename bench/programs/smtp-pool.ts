// What the pools of SMTP share: small messages, of which many wait at each moment.

import { report, timed, units } from './measure.ts';

/** Sends one message. */
export type Send = () => Promise<unknown>;

const WARM_UP = 3000;
const WAITING = 100;

export async function timePool(send: Send): Promise<void> {
  const many = async (count: number): Promise<void> => {
    let left = count;
    const one = async (): Promise<void> => {
      while (left-- > 0) await send();
    };
    await Promise.all(Array.from({ length: WAITING }, one));
  };
  await many(WARM_UP);
  report({ units, ...(await timed(() => many(units))) });
}
