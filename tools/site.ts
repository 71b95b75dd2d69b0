/** `npm run test:docs`: builds the site, and looks at it (`test/site`): its links, and each page in a Chromium without a window. */
import { join } from 'node:path';
import { endChildrenOnSignals } from './child.ts';
import { buildSite } from './docs.ts';
import { complain, runLane } from './lane.ts';

/** A browser on a busy machine takes its time for a page. */
const LIMITS = { idleSeconds: 120, cpuSeconds: 600 };

const root = join(import.meta.dirname, '..', '..');

endChildrenOnSignals();
const trouble = await buildSite(root);
process.exitCode =
  trouble === undefined ? await runLane({ root, folder: 'test/site', limits: LIMITS }) : complain(trouble);
