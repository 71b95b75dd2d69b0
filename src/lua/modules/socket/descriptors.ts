/**
 * The owners of descriptors. A number alone proves nothing: when its descriptor is closed, the next one that the process opens
 * has it. So a machine knows those that its objects have opened and not yet closed, and nothing reaches another by its number.
 *
 * The program `lua` does without: to it, as to LuaSocket, they are numbers.
 */
import { closeFd } from '../../../posix/worker-fds.ts';
import type { Bindings } from '../../bindings.ts';

/** The kind of a descriptor: with the methods of another kind it would do things that were never permitted. */
export type Kind = 'tcp' | 'udp' | 'unix stream' | 'unix datagrams' | 'serial';

/** An object that has a descriptor; -1 is none. */
export interface Holder {
  readonly kind: Kind;
  fd: number;
}

interface Entry {
  readonly kind: Kind;
  /** Mostly one; none after `setfd(-1)`. */
  readonly holders: Set<Holder>;
}

export class Descriptors {
  readonly #trusted: boolean;
  readonly #entries = new Map<number, Entry>();

  constructor(trusted: boolean) {
    this.#trusted = trusted;
  }

  /** A descriptor that has been opened for an object. */
  opened(holder: Holder, fd: number): void {
    holder.fd = fd;
    if (!this.#trusted && fd >= 0) this.#entries.set(fd, { kind: holder.kind, holders: new Set([holder]) });
  }

  /** Whether `select` may look at it. */
  has(fd: number): boolean {
    return this.#trusted || this.#entries.has(fd);
  }

  /** As `setfd`: the old one stays open. False for one that is not to be had. */
  assign(holder: Holder, fd: number): boolean {
    if (!this.#trusted && fd !== -1) {
      const entry = this.#entries.get(fd);
      if (entry?.kind !== holder.kind) return false;
      this.#entries.get(holder.fd)?.holders.delete(holder);
      entry.holders.add(holder);
    } else this.#entries.get(holder.fd)?.holders.delete(holder);
    holder.fd = fd;
    return true;
  }

  /** Closes an object's descriptor, which no other object has afterwards either. */
  close(holder: Holder): void {
    if (holder.fd >= 0) closeFd(this.release(holder));
  }

  /** Gives the descriptor away: the machine forgets it. */
  release(holder: Holder): number {
    const { fd } = holder;
    for (const one of this.#entries.get(fd)?.holders ?? []) one.fd = -1;
    this.#entries.delete(fd);
    holder.fd = -1;
    return fd;
  }

  /** The machine ends. What finalizers have left, no object has any more. */
  closeAll(): void {
    for (const fd of this.#entries.keys()) closeFd(fd);
    this.#entries.clear();
  }
}

const all = new WeakMap<Bindings, Descriptors>();

export function descriptorsOf(machine: Bindings): Descriptors {
  let descriptors = all.get(machine);
  if (descriptors === undefined) {
    descriptors = new Descriptors(machine.reach.trusted);
    all.set(machine, descriptors);
    machine.atEnd(() => descriptors!.closeAll());
  }
  return descriptors;
}
