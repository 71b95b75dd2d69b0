/** A connection of LuaSec's: one object for the descriptor, OpenSSL's state (an SSL), and LuaSocket's receive and send. */
import { Failure } from '../../../core/errors.ts';
import { C, fcntl } from '../../../posix/libc/functions.ts';
import { openssl } from '../../../posix/openssl/functions.ts';
import { isThere } from '../../../posix/openssl/memory.ts';
import { moreOpenssl } from '../../../posix/openssl/more-functions.ts';
import { verifyWords } from '../../../posix/openssl/words.ts';
import type { Bindings } from '../../bindings.ts';
import type { Reference, State } from '../../state.ts';
import { OutOfMemory } from '../../vm.ts';
import type { Holder, Kind } from '../socket/descriptors.ts';
import { reasonOf } from '../socket/reasons.ts';
import { StreamSocket } from '../socket/stream-socket.ts';
import { errorsOf } from './errors.ts';
import { LuaAnswers, type Shaking } from './lua-answers.ts';
import type { SslContext } from './ssl-context.ts';
import { structuresOf } from './structures.ts';
import { NOBODY, SslTimeouts, SslTransfer } from './transfer.ts';

export const CONNECTION = 'SSL:Connection';

/** Bytes that one takes while it is busy: measured on OpenSSL 3. */
const SIZE = 65_536;

/** The descriptors that TLS goes over. */
const KINDS: readonly Kind[] = ['tcp', 'unix stream'];

export class SslConnection extends StreamSocket<typeof CONNECTION> implements Holder, Shaking {
  override kind: Kind;
  override readonly timeouts: SslTimeouts;
  readonly machine: Bindings;
  readonly transfer: SslTransfer;
  /** That of the name which the client has asked for, once it is known; before, the one it was made with. */
  context: SslContext;
  /** A server's contexts by name, as the program's table has them. */
  names: { readonly map: Reference; readonly strict: boolean } | undefined;
  /** What was wrong with the peer's certificates, by their depth. */
  readonly certificateErrors: Map<number, string[]> = new Map();
  #state: 'new' | 'open' | 'closed' = 'new';
  /** It was closed within a call of OpenSSL for it. */
  #closing = false;

  constructor(machine: Bindings, lua: State, context: SslContext) {
    const c = openssl();
    const structures = structuresOf(machine);
    structures.needRoom(lua, SIZE);
    const pointer = c.SSL_new(context.pointer);
    if (!isThere(pointer)) throw new OutOfMemory();
    if (context.mode === 'server') c.SSL_set_accept_state(pointer);
    else c.SSL_set_connect_state(pointer);
    const owned = structures.own(pointer, (one) => c.SSL_free(one), SIZE);
    const transfer = new SslTransfer(owned, errorsOf(machine));
    super(machine, 'tcp', CONNECTION, -1, transfer);
    this.kind = 'tcp';
    this.machine = machine;
    this.transfer = transfer;
    this.timeouts = new SslTimeouts(transfer);
    this.context = context;
  }

  /** Whether the handshake is done, and the connection open. */
  get connected(): boolean {
    return this.transfer.connected && this.transfer.usable && this.fd >= 0;
  }

  get isNew(): boolean {
    return this.#state === 'new';
  }

  get closed(): boolean {
    return this.#state === 'closed';
  }

  override get dirty(): boolean {
    if (this.input.dirty) return !this.closed;
    return this.transfer.usable && moreOpenssl().SSL_pending(this.transfer.pointer) > 0;
  }

  /** Takes a descriptor that another object has opened; false for one that is not to be had. */
  take(fd: number): boolean {
    const taken = KINDS.some((kind) => {
      this.kind = kind;
      return this.descriptors.assign(this, fd);
    });
    if (!taken) return false;
    fcntl(fd, C.F_SETFL, C.O_NONBLOCK);
    moreOpenssl().SSL_set_fd(this.transfer.pointer, fd);
    openssl().ERR_clear_error();
    return true;
  }

  /** Makes the handshake, as far as it goes in time; what is wrong, if so. */
  handshake(lua: State): string | undefined {
    if (!this.transfer.usable) return 'closed';
    if (this.fd < 0) return this.#state === 'new' ? reasonOf(new Failure('EBADF')) : 'closed';
    this.timeouts.begin();
    const answers = new LuaAnswers(lua, this);
    try {
      for (;;) {
        const done = this.transfer.shake(answers);
        if (done === 1) {
          this.#state = 'open';
          const { continues, ignoresPurpose } = this.context;
          const goesOn = (error: number, depth: number): boolean => answers.goesOn(error, depth);
          this.transfer.judge = continues || ignoresPurpose ? { goesOn, ignoresPurpose } : NOBODY;
          return this.#closing ? 'closed' : undefined;
        }
        if (done === 0 || this.#closing) return 'closed';
        const wrong = this.timeouts.afterFailure(this.fd);
        if (wrong !== undefined) return wrong;
      }
    } finally {
      answers.end();
      if (this.#closing) this.#close(false);
    }
  }

  /** Takes over a reference to a table of contexts by name. */
  setNames(map: Reference, strict: boolean): void {
    if (this.names !== undefined) this.machine.main.release(this.names.map);
    this.names = { map, strict };
  }

  noteError(error: number, depth: number): void {
    const words = this.certificateErrors.get(depth) ?? [];
    words.push(verifyWords(openssl(), error));
    this.certificateErrors.set(depth, words);
  }

  /** Says goodbye, and frees what is OpenSSL's: within a call of OpenSSL for it, at the end of that. */
  override close(): void {
    this.#close(this.timeouts.block !== 0);
  }

  override collected(): void {
    this.#close(false);
    this.input.free();
  }

  #close(mayWait: boolean): void {
    if (this.transfer.busy) {
      this.#closing = true;
      return;
    }
    if (this.connected) this.transfer.sayGoodbye(this.fd, mayWait);
    this.transfer.connected = false;
    this.#state = 'closed';
    super.close();
    this.transfer.owned.free();
    if (this.names !== undefined) this.machine.main.release(this.names.map);
    this.names = undefined;
  }
}
