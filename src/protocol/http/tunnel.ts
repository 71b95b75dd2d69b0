/** stub */
import type { Flow } from '../../core/flow.ts';
import type { Stream } from '../../core/stream.ts';
import type { Target } from './target.ts';
export function* tunnelThrough(
  _stream: Stream,
  _proxy: Target,
  _goal: { host: string; port: number },
  _options: object,
): Flow<void> {
  throw new Error('stub');
}
