/**
 * Connections that are kept for the next conversations along the same route (of HTTP: RFC 9112, section 9.3): a few, and
 * for a few seconds. While all that a route may have are in use, callers wait for their turn.
 */
import { badArgument, Failure, failed } from '../../core/errors.ts';
import { type Flow, settle } from '../../core/flow.ts';
import { CONNECTIONS, IDLE_SECONDS } from '../../core/limits.ts';
import { type Deadline, deadlineAfter } from '../../core/timeout.ts';
import type { Gate } from '../../core/turns.ts';
import type { Client } from '../../sockets/client.ts';
import type { Face } from '../../sockets/face.ts';
import { type Connection, type Connections, closed, type DialWatch, dial } from './dial.ts';
import type { ProtocolEngine } from './engine.ts';
import type { Route } from './route.ts';
import { TlsSessions } from './tls-sessions.ts';

interface Idle<F extends Face> {
  readonly client: Client<F>;
  /** When it has waited for too long: servers close what is idle, most after five seconds or more. */
  readonly until: Deadline;
}

/** The connections of one route. */
interface Lane<F extends Face> {
  /** How many are in use, or about to be. */
  used: number;
  /** The last one is the one that was used last. */
  readonly idle: Idle<F>[];
  /** Callers that wait for one that becomes free, or for leave to open one. */
  readonly queue: Gate<Client<F> | undefined>[];
}

/** Connections that are kept. One that has news while it is idle, bytes or its end, is not used again. */
export class Pool<F extends Face> implements Connections<F> {
  readonly #engine: ProtocolEngine<F>;
  readonly #most: number;
  readonly #lanes = new Map<string, Lane<F>>();
  readonly #sessions = new TlsSessions();
  /** Whether a sweep is arranged. */
  #swept = false;
  #closed = false;

  /** `most`: how many connections a route has, idle ones included. */
  constructor(engine: ProtocolEngine<F>, most: number = CONNECTIONS) {
    if (!Number.isSafeInteger(most) || most < 1)
      throw badArgument(`session: connections is a whole number from 1, not ${String(most)}`);
    this.#engine = engine;
    this.#most = most;
  }

  get keeps(): boolean {
    return !this.#closed;
  }

  *open(route: Route, fresh: boolean, deadline: Deadline, watch: DialWatch): Flow<Connection<F>> {
    this.#sweep();
    const lane = this.#laneOf(route);
    const kept = this.#atOnce(lane, fresh) ?? (yield* this.#inTurn(lane, route, deadline));
    if (kept !== 'a new one') {
      if (!fresh) return { client: kept, route, reused: true };
      kept.close();
    }
    try {
      return {
        client: yield* dial(this.#engine, undefined, route, deadline, watch, this.#sessions),
        route,
        reused: false,
      };
    } catch (error) {
      this.#pass(lane, undefined);
      throw error;
    }
  }

  release({ client, route }: Connection<F>, reusable: boolean): void {
    const keeps = reusable && this.keeps;
    this.#sessions.keep(route.innerTls ?? route.tls, client);
    if (!keeps) closed(client);
    this.#pass(this.#laneOf(route), keeps ? client : undefined);
    this.#sweep();
  }

  /** Closes what is idle; what is in use is closed after its exchange. */
  close(): void {
    this.#closed = true;
    for (const { idle } of this.#lanes.values()) for (const { client } of idle.splice(0)) client.close();
  }

  /** What can be had without waiting: undefined if nothing can. */
  #atOnce(lane: Lane<F>, fresh: boolean): Client<F> | 'a new one' | undefined {
    const client = fresh ? undefined : takeIdle(lane);
    const room = this.#most - lane.used - lane.idle.length;
    if (client === undefined && room <= 0) {
      // An idle connection makes way for a fresh one.
      const oldest = lane.idle.shift();
      if (oldest === undefined) return undefined;
      oldest.client.close();
    }
    lane.used++;
    return client ?? 'a new one';
  }

  *#inTurn(lane: Lane<F>, { target }: Route, deadline: Deadline): Flow<Client<F> | 'a new one'> {
    const gate = this.#engine.gate<Client<F> | undefined>();
    lane.queue.push(gate);
    const given = yield* settle(gate.wait(deadline));
    if (!(given instanceof Failure)) return given ?? 'a new one';
    const at = lane.queue.indexOf(gate);
    if (at >= 0) lane.queue.splice(at, 1);
    throw failed('connect', given, { target: target.origin });
  }

  /** One of the lane is free: the caller that has waited longest gets its place, with the connection if it is reusable. */
  #pass(lane: Lane<F>, client: Client<F> | undefined): void {
    for (let next = lane.queue.shift(); next !== undefined; next = lane.queue.shift()) {
      if (!next.waiting) continue; // its time was over in this very turn
      next.wake(client);
      return;
    }
    lane.used--;
    if (client === undefined) return;
    lane.idle.push({ client, until: deadlineAfter('keep', IDLE_SECONDS) });
    this.#sweepLater();
    client.stream.io.hold?.(false);
    hasNews(client); // from now on the await face reads ahead, and sees a server that closes
  }

  #laneOf({ key }: Route): Lane<F> {
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    const lane: Lane<F> = { used: 0, idle: [], queue: [] };
    this.#lanes.set(key, lane);
    return lane;
  }

  /** One sweep for all that is idle: no timer for each, nor for each request. */
  #sweepLater(): void {
    if (this.#swept || this.#engine.later === undefined) return;
    this.#swept = true;
    this.#engine.later(IDLE_SECONDS, () => {
      this.#swept = false;
      this.#sweep();
      if (this.#lanes.size > 0) this.#sweepLater();
    });
  }

  /** Closes what has been idle for too long, and forgets routes without connections. */
  #sweep(): void {
    for (const [key, lane] of this.#lanes) {
      while (lane.idle[0] !== undefined && lane.idle[0].until.remaining() === 0) lane.idle.shift()?.client.close();
      if (lane.used + lane.idle.length + lane.queue.length === 0) this.#lanes.delete(key);
    }
  }
}

/** The connection that was used last, if it is still fit for use as far as can be seen from here. */
function takeIdle<F extends Face>({ idle }: Lane<F>): Client<F> | undefined {
  for (let last = idle.pop(); last !== undefined; last = idle.pop()) {
    const { client } = last;
    client.stream.io.hold?.(true);
    if (!hasNews(client)) return client;
    client.close();
  }
  return undefined;
}

/** Whether something has come unasked: bytes, or the end. */
export function hasNews(client: Client<Face>): boolean {
  return client.dirty() || client.readiness?.readable() === true;
}
