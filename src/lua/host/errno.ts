/** Error numbers: the engine's C library has those of WASI, and names them in its messages; programs expect the system's. */
import { constants } from 'node:os';

/** WASI's numbers are the places of the names, from 1 on (wasi_snapshot_preview1, "errno"). */
const NAMES: readonly string[] =
  `E2BIG EACCES EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EAGAIN EALREADY EBADF EBADMSG EBUSY ECANCELED
ECHILD ECONNABORTED ECONNREFUSED ECONNRESET EDEADLK EDESTADDRREQ EDOM EDQUOT EEXIST EFAULT EFBIG EHOSTUNREACH EIDRM EILSEQ
EINPROGRESS EINTR EINVAL EIO EISCONN EISDIR ELOOP EMFILE EMLINK EMSGSIZE EMULTIHOP ENAMETOOLONG ENETDOWN ENETRESET ENETUNREACH
ENFILE ENOBUFS ENODEV ENOENT ENOEXEC ENOLCK ENOLINK ENOMEM ENOMSG ENOPROTOOPT ENOSPC ENOSYS ENOTCONN ENOTDIR ENOTEMPTY
ENOTRECOVERABLE ENOTSOCK ENOTSUP ENOTTY ENXIO EOVERFLOW EOWNERDEAD EPERM EPIPE EPROTO EPROTONOSUPPORT EPROTOTYPE ERANGE EROFS
ESPIPE ESRCH ESTALE ETIMEDOUT ETXTBSY EXDEV`.split(/\s+/);

const NUMBERS: ReadonlyMap<string, number> = new Map(NAMES.map((name, i) => [name, i + 1]));

/** A failure of a system call, by its name; what Node throws has the same `code`. */
export class SystemFailure extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** The engine's number for what a system call has thrown; anything else is a bug, and thrown again. */
export function engineErrno(thrown: unknown): number {
  const code = (thrown as { code?: unknown }).code;
  if (typeof code !== 'string') throw thrown;
  return NUMBERS.get(code) ?? NUMBERS.get('EIO')!;
}

/** The system's number for one of the engine's. */
export function hostErrno(engine: number): number {
  const name = NAMES[engine - 1] as keyof typeof constants.errno | undefined;
  return (name === undefined ? undefined : constants.errno[name]) ?? engine;
}
