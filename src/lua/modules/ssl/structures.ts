/**
 * Structures of OpenSSL's that a machine's objects own. Their memory is the host's: it counts against the machine's limit by
 * a rough size, and all of it is freed with the machine, whatever its finalizers do.
 */
import type { Pointer } from '../../../posix/libc/functions.ts';
import type { Bindings } from '../../bindings.ts';
import type { Reference, State } from '../../state.ts';
import { OutOfMemory } from '../../vm.ts';

/** Frees those of a machine that was never closed. */
const forgotten = new FinalizationRegistry<{ free(pointer: Pointer): void; pointer: Pointer }>(({ free, pointer }) =>
  free(pointer),
);

/** One, with its owner. */
export class Owned {
  readonly pointer: Pointer;
  readonly #structures: Structures;
  readonly #free: (pointer: Pointer) => void;
  /** Bytes that it counts. */
  size: number;
  #there = true;

  constructor(structures: Structures, pointer: Pointer, free: (pointer: Pointer) => void, size: number) {
    this.pointer = pointer;
    this.size = size;
    this.#structures = structures;
    this.#free = free;
    forgotten.register(this, { free, pointer }, this);
  }

  /** Whether it is there: no call of OpenSSL may follow `free`. */
  get there(): boolean {
    return this.#there;
  }

  /** Again: does nothing. */
  free(): void {
    if (!this.#there) return;
    this.#there = false;
    forgotten.unregister(this);
    this.#structures.gone(this);
    this.#free(this.pointer);
  }
}

export class Structures {
  readonly #machine: Bindings;
  readonly #all = new Set<Owned>();
  #collect: Reference | undefined;
  #bytes = 0;

  constructor(machine: Bindings) {
    this.#machine = machine;
    machine.atEnd(() => {
      for (const one of [...this.#all]) one.free();
    });
  }

  /** Takes Lua's collector along, before a script can have replaced it. */
  useCollector(lua: State): void {
    lua.getGlobal('collectgarbage');
    this.#collect = lua.keep();
  }

  /**
   * Makes room for one more, by the collector if need be.
   *
   * @throws OutOfMemory where the machine may not have it
   */
  needRoom(lua: State, size: number): void {
    if (this.#fits(size)) return;
    if (this.#collect !== undefined) {
      lua.pushKept(this.#collect);
      if (!lua.pcall(0, 0)) lua.pop();
    }
    if (!this.#fits(size)) throw new OutOfMemory();
  }

  #fits(size: number): boolean {
    const { vm } = this.#machine;
    return vm.bytes.length + this.#bytes + size <= vm.limit;
  }

  /** Takes over what `free` frees. */
  own(pointer: Pointer, free: (pointer: Pointer) => void, size: number): Owned {
    const owned = new Owned(this, pointer, free, size);
    this.#all.add(owned);
    this.#bytes += size;
    return owned;
  }

  /** One has come to count more. */
  grew(owned: Owned, by: number): void {
    owned.size += by;
    this.#bytes += by;
  }

  gone(owned: Owned): void {
    this.#all.delete(owned);
    this.#bytes -= owned.size;
  }
}

const all = new WeakMap<Bindings, Structures>();

export function structuresOf(machine: Bindings): Structures {
  let structures = all.get(machine);
  if (structures === undefined) {
    structures = new Structures(machine);
    all.set(machine, structures);
  }
  return structures;
}
