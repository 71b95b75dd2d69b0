/**
 * Loaded into the process of a test file: a turn of the event loop before each test, in which the reporter gets what
 * has happened. Without it a test that blocks or crashes would take the results of those before it along.
 */

import { beforeEach } from 'node:test';

/** Taken before a test can replace it. */
const turn = setImmediate;

beforeEach(() => new Promise<void>((go) => void turn(go)));
