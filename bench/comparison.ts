// What a comparison is: two programs, what both are given to do, and the figures that come of it.

import type { Pair } from './harness.ts';

/**
 * A program of bench/programs, by name: `lua5.4 lines` and `luajit lines` run lines.lua under that interpreter, `go lines` builds and runs
 * lines.go, `moonsocket lines` runs lines.lua under our own `lua`, `python3 lines` runs lines.py, anything else runs under the Node at hand.
 */
export type Program = string;

export interface Bar {
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface Figure {
  /** What the figure says, read as "A against B". */
  readonly label: string;
  readonly of: (pair: Pair) => number;
  /** What the figure came from, for the reader. */
  readonly detail: (pairs: readonly Pair[]) => string;
  /** Absent: for information. */
  readonly bar?: Bar | ((nodeMajor: number) => Bar);
  /** Absent: a ratio. With `MiB` it is a size, of which the worst is judged instead of the median. */
  readonly unit?: 'MiB' | 'ms';
}

export interface Comparison {
  readonly name: string;
  readonly a: Program;
  /** Absent: `a` measures both in turn, and prints a pair. */
  readonly b?: Program;
  /** What both are given to do: lines, round trips, bytes, connections. */
  readonly units: number;
  readonly quickUnits: number;
  readonly figures: readonly Figure[];
  /**
   * The other end: the HTTP server of nginx.ts, that one with TLS, the FTP server of vsftpd.ts, the receiver of smtp-sink.ts, peer.ts
   * with TLS, or without a word peer.ts.
   */
  readonly peer?: 'nginx' | 'nginx-tls' | 'vsftpd' | 'smtp-sink' | 'tls';
  /** Further arguments of both programs, behind the port and the units. */
  readonly args?: readonly string[];
  /** For both programs alike, where they run under Node. */
  readonly nodeFlags?: readonly string[];
  /** Both programs and the peer share one core, so that waking the other end is the same short way for all of them. */
  readonly oneCore?: boolean;
  /** Where it wants more pairs than usual, or can do with fewer. */
  readonly pairs?: number;
  /** How many pairs to run before those that count; 1 unless said otherwise. */
  readonly warmUp?: number;
}
