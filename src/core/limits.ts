/** Named limits on everything that a peer, or the network, could otherwise grow without end. Bytes, unless the name says another unit. */

/** The longest line, or text before a delimiter, that `receive` gathers: 1 MiB. */
export const LINE_LIMIT = 1_048_576;

/** The most that `receive('*a')` gathers: 16 MiB. Ask for more with `{ limit }`. */
export const RECEIVE_ALL_LIMIT = 16_777_216;

/** How much a socket may hold that its program has not received yet; above it, reading from the kernel stops. */
export const READ_AHEAD = 65_536;

/** The most that one write hands to the system, so that a send that fails knows what was taken. */
export const WRITE_SLICE = 65_536;

/**
 * Pieces, of 64 KiB at most, that a call takes whose total timeout is zero: more than the kernel's buffer holds (tcp(7),
 * tcp_rmem: 6 MiB), and not all that a quick peer goes on to send.
 */
export const PIECES_AT_HAND = 128;

/** Seconds that a closed TLS socket waits for room in the kernel, so that its peer learns of the end. */
export const GOODBYE_WAIT = 1;

/** Connections that may wait to be accepted, where `listen` names no other number (Linux' SOMAXCONN; LuaSocket has 32). */
export const DEFAULT_BACKLOG = 4096;

/** Datagrams that may wait to be received. */
export const DATAGRAM_QUEUE = 1024;

/** Bytes of datagrams that may wait to be received: 1 MiB. */
export const DATAGRAM_QUEUE_BYTES = 1_048_576;

/** Datagrams that one call receives at most (UIO_MAXIOV, the most that Linux takes). */
export const BATCH_LIMIT = 1024;

/** Bytes of the longest datagram of UDP, whose length has 16 bits (RFC 768). */
export const LONGEST_DATAGRAM = 65_536;

/** How much of a datagram `receive` and `receivefrom` keep, where they name no other size (LuaSocket's _DATAGRAMSIZE). */
export const DATAGRAM_SIZE = 8192;

/** Seconds between the starts of two attempts to connect (RFC 8305, section 5: 250 ms). */
export const CONNECTION_ATTEMPT_DELAY = 0.25;

/** Addresses that one connect tries, of those that its host name has. */
export const ADDRESS_LIMIT = 32;

/** Seconds that a closed TLS socket may take to say goodbye, before it is cut off. */
export const LINGER_LIMIT = 30;

/** Seconds that a server gives a client for its TLS handshake, where it names no other number. */
export const HANDSHAKE_LIMIT = 10;

/**
 * Seconds that a TLS 1.3 client which closes at once waits for its server's first tickets, or until the server's kernel has all
 * that was sent: a kernel that drops what nobody has read resets the connection, and with it what is still on its way.
 */
export const TICKET_WAIT = 1;

/** The most that the close of a blocking TLS socket reads and drops, so that nothing unread resets the connection: 1 MiB. */
export const CLOSING_READ = 1_048_576;

/** Bytes of a peer's first ones that are kept until the handshake is done, to say what it speaks if that is not TLS. */
export const FIRST_BYTES = 64;

/** Bytes of answers (to new keys, alerts) that a blocking TLS socket holds for a peer that takes none, before it reads on. */
export const HELD_ANSWERS = 65_536;

/** Contexts of TLS that requests keep for the next ones with the same options. */
export const TLS_CONTEXTS = 32;

/** Sessions of TLS that a session of HTTP keeps for its next connections, of all servers together. */
export const TLS_SESSIONS = 100;

/** Sessions of TLS 1.3 that are kept of one server: as many connections can begin beside each other with a short handshake. */
export const TLS_SESSIONS_EACH = 8;

/** The longest line of a header block: 64 KiB. */
export const HEADER_LINE_LIMIT = 65_536;

/** The most headers of one message, repetitions included. */
export const HEADER_COUNT_LIMIT = 1000;

/** The longest header block, all lines together with their ends: 256 KiB. */
export const HEADER_BLOCK_LIMIT = 262_144;

/** Redirects that a request over HTTP follows, where it names no other number (LuaSocket's). */
export const REDIRECT_LIMIT = 5;

/** Informational replies (1xx) of HTTP before the final one. */
export const INTERIM_LIMIT = 20;

/** Empty lines before the status lines of one HTTP request's replies. */
export const EMPTY_LINES = 1;

/** Seconds that a request with `Expect: 100-continue` waits before it sends its body all the same. */
export const CONTINUE_WAIT = 1;

/** Bytes of extensions, and of blanks, in all the chunk lines of one HTTP body: 16 KiB. */
export const CHUNK_EXTENSION_LIMIT = 16_384;

/** The largest piece of an HTTP body that is taken at once, of what is there. */
export const BODY_PIECE = 65_536;

/** The longest HTTP body that is gathered into one string or buffer: 16 MiB. Pieces have no such limit. */
export const BODY_LIMIT = 16_777_216;

/** Bytes of a Request's body that `fetch` gathers, while they come without a wait, to send them with their length. */
export const FETCH_BODY_AT_HAND = 262_144;

/** Connections that an HTTP session has to one server, in use and idle. */
export const CONNECTIONS = 10;

/** Seconds that an idle one is kept; common servers close it after 5 or more. */
export const IDLE_SECONDS = 4;

/** Digest logins that are remembered, for requests that go on with a challenge that was answered. */
export const LOGINS = 100;

/** Seconds before an HTTP request is repeated for the first time; each further pause is twice as long, up to the limit. */
export const RETRY_PAUSE = 0.5;
export const RETRY_PAUSE_LIMIT = 30;

/** Seconds that a server may ask for (Retry-After) before its reply is taken for an answer. */
export const RETRY_AFTER_LIMIT = 300;

/** Bytes, and seconds, up to which the body of an unwanted reply is read, so that its connection can be kept. */
export const UNWANTED_BODY = 16_384;
export const UNWANTED_BODY_WAIT = 1;

/** Codings of one HTTP body, one in the other. */
export const CODING_LIMIT = 2;
/** Codings that an HTTP reply names, `identity` and unknown ones included: as many as in Node's fetch. */
export const CODING_NAMES = 5;

/** The largest piece of an HTTP body that is decoded at once. */
export const INFLATE_PIECE = 65_536;

/**
 * How many times as long a body may become by all its codings together, a sink's too. deflate and gzip reach 1032 at
 * most; br, zstd and codings in codings have no end, and a program would be busy for minutes with a few kilobytes.
 */
export const INFLATE_RATIO_LIMIT = 1100;

/**
 * Decoded bytes to which {@link INFLATE_RATIO_LIMIT} does not apply: 16 MiB, which take some hundredths of a second. A
 * table of a few megabytes that says the same in every row is no attack.
 */
export const INFLATE_FREE = 16_777_216;

/** The longest command line of FTP, SMTP and the like, its end included (RFC 4954, section 4, has 12,288 for AUTH). */
export const COMMAND_LINE_LIMIT = 12_288;

/** The longest line of a numbered reply; RFC 5321, section 4.5.3.1.5, has 512. */
export const REPLY_LINE_LIMIT = 8192;

/** The most lines of one numbered reply. */
export const REPLY_LINES = 10_000;

/** The longest numbered reply, all lines together: 256 KiB. */
export const REPLY_LIMIT = 262_144;

/** Rounds of a login that a server may ask for. */
export const LOGIN_ROUNDS = 10;

/** Iterations that a server may ask for in SCRAM: some tenths of a second of this side's processor. */
export const SCRAM_ITERATIONS = 1_000_000;

/** Commands of SMTP in one write: their replies have room in the kernel, so that neither side waits for the other. */
export const PIPELINED_COMMANDS = 100;

/** Bytes of a mail that are gathered for one write, and for one BDAT; a larger chunk of the source goes whole. */
export const MAIL_PIECE = 65_536;

/** BDATs of a mail that may be without their replies, where the server has PIPELINING. */
export const PIPELINED_CHUNKS = 8;

/** Mails that wait in a pool, unless it names another number: one more is refused. */
export const MAIL_QUEUE = 1000;

/** How often a pool begins to send a mail whose connections are lost before its end. */
export const MAIL_ATTEMPTS = 5;

/** Seconds that a pool waits after the second loss of a connection without an answer between; twice as long after each other one. */
export const MAIL_LOSS_PAUSE = 0.1;
export const MAIL_LOSS_PAUSE_LIMIT = 30;

/** Seconds that a pool keeps a session without a mail; RFC 5321, section 4.5.3.2.7, has servers wait for 300. */
export const MAIL_IDLE_SECONDS = 30;

/** Seconds before a pool asks a server for one more session, after it took no more of them (421). */
export const MAIL_MORE_SECONDS = 60;

/** Bytes of a source that can be read once, which are gathered to look at them before the first is sent. */
export const MAIL_AT_HAND = 1_048_576;

/** Cookies that one HTTP reply may set; more of them are not handed to the jar. */
export const SET_COOKIE_LIMIT = 50;

/** Bytes of an argument of FTP's commands, before each IAC is doubled: a path of Linux has 4096 (PATH_MAX). */
export const FTP_ARGUMENT_LIMIT = 4096;

/** Bytes of one listing of FTP: 64 MiB. */
export const LISTING_LIMIT = 67_108_864;

/** Bytes of one line of it. */
export const LISTING_LINE_LIMIT = 16_384;

/** Entries of one listing. */
export const LISTING_ENTRIES = 1_000_000;

/** The largest piece of a transfer of FTP that is taken at once, of what is there. */
export const FTP_PIECE = 65_536;

/** Seconds that a session of FTP waits for the reply to a transfer that was given up, and to QUIT. */
export const FTP_LAST_REPLY_WAIT = 5;

/** Seconds that a session of FTP waits for the server's end of a data connection that this side has ended. */
export const FTP_DATA_END_WAIT = 1;

/** Entries that a mirror of FTP takes from a server, in all folders together. */
export const MIRROR_ENTRIES = 1_000_000;

/** Folders in folders that it enters: a link or a mount may lead a server's tree into itself. */
export const MIRROR_DEPTH = 100;

/** Times that it begins a file or a folder without a byte that moves, before it gives that up. */
export const MIRROR_ATTEMPTS = 5;
