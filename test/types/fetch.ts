/** Every option of `fetch` that is not the standard's is one that it hands on. */
import type { FetchInit, OWN_OPTIONS } from '../../src/protocol/http/call/fetch-request.ts';
import type { Equal } from './expect.ts';

const everyKeyIsUsed: Equal<
  Exclude<keyof FetchInit, keyof RequestInit | 'duplex'>,
  (typeof OWN_OPTIONS)[number]
> = true;
void everyKeyIsUsed;
