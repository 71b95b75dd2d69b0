/** Listings as servers give them, however the bytes are cut: names byte for byte, dates that are not in the future. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LimitError, ProtocolError, type SocketError } from '../../../src/core/errors.ts';
import { LISTING_LINE_LIMIT } from '../../../src/core/limits.ts';
import type { FtpEntry, NameEncoding } from '../../../src/protocol/ftp/entry.ts';
import { type ListCommand, type ListingLimits, ListingParser } from '../../../src/protocol/ftp/listing.ts';
import { bytes, cut } from '../../core/scripted-io.ts';

/** Noon of the 15th of March 2024, a leap year. */
const NOW = Date.UTC(2024, 2, 15, 12);

interface How {
  readonly command?: ListCommand;
  readonly encoding?: NameEncoding;
  readonly limits?: ListingLimits;
  readonly clock?: number;
}

/** In pieces of one, two, seven and all: the same each time. */
function listed(
  text: string | Uint8Array,
  { command = 'LIST', encoding = 'utf8', limits, clock = NOW }: How = {},
): FtpEntry[] {
  const data = typeof text === 'string' ? bytes(text) : text;
  const results = [1, 2, 7, Math.max(1, data.length)].map((size) => {
    const parser = new ListingParser(command, encoding, clock, limits);
    for (const piece of cut(data, size)) parser.push(piece);
    return parser.finish();
  });
  for (const result of results) assert.deepEqual(result.map(shown), results[0]?.map(shown));
  return results[0] as FtpEntry[];
}

function shown(entry: FtpEntry): unknown {
  return [...Object.values(entry), entry.rawName.toString('latin1'), entry.mtime];
}

function one(line: string, how?: How): FtpEntry {
  const entries = listed(`${line}\r\n`, how);
  assert.equal(entries.length, 1, line);
  return entries[0] as FtpEntry;
}

/** Name, type, size, and the time up to minutes. */
function brief(entry: FtpEntry): unknown[] {
  return [entry.name, entry.type, entry.size, entry.mtime?.toISOString().slice(0, 16)];
}

describe('LIST as ls has it', () => {
  const rows: readonly (readonly [line: string, ...expected: unknown[]])[] = [
    // vsftpd 3.0.3, proftpd 1.3.8, pure-ftpd 1.0.50
    ['-rw-r--r--    1 1000     1000         1024 Feb 03 12:34 name.txt', 'name.txt', 'file', 1024, '2024-02-03T12:34'],
    ['drwxr-xr-x   2 ftp      ftp          4096 Jan 15  2019 pub', 'pub', 'directory', 4096, '2019-01-15T00:00'],
    [
      'lrwxrwxrwx   1 0        0               6 Feb  3 12:34 current -> target',
      'current',
      'link',
      6,
      '2024-02-03T12:34',
    ],
    // Names with blanks at any place
    ['-rw-r--r--   1 a b 1 Feb  3  2019   two before', '  two before', 'file', 1, '2019-02-03T00:00'],
    ['-rw-r--r--   1 a b 1 Feb  3 12:34 a  b ', 'a  b ', 'file', 1, '2024-02-03T12:34'],
    ['-rw-r--r--   1 a b 1 Feb  3 12:34 Mar  4 10:00 x', 'Mar  4 10:00 x', 'file', 1, '2024-02-03T12:34'],
    ['-rw-r--r--   1 a b 1 Feb  3 12:34 a -> b', 'a -> b', 'file', 1, '2024-02-03T12:34'],
    // Devices have numbers instead of a size, sockets and pipes are neither file nor folder
    ['crw-rw-rw-   1 root     root       1,   3 Feb  3 12:34 null', 'null', 'other', undefined, '2024-02-03T12:34'],
    ['brw-rw----   1 root     disk       8,0 Feb  3 12:34 sda', 'sda', 'other', undefined, '2024-02-03T12:34'],
    ['srwxr-xr-x   1 root     root       0 Feb  3 12:34 socket', 'socket', 'other', 0, '2024-02-03T12:34'],
    ['prw-r--r--   1 root     root       0 Feb  3 12:34 fifo', 'fifo', 'other', 0, '2024-02-03T12:34'],
    // ACL, security context, attributes
    ['drwxr-xr-x+  2 a b 4096 Feb  3 12:34 acl', 'acl', 'directory', 4096, '2024-02-03T12:34'],
    ['drwxr-xr-x.  2 a b 4096 Feb  3 12:34 context', 'context', 'directory', 4096, '2024-02-03T12:34'],
    ['-rw-r--r--@  1 a b 5 Feb  3 12:34 attribute', 'attribute', 'file', 5, '2024-02-03T12:34'],
    // Dates in numbers: ls --time-style=long-iso, iso, full-iso
    ['-rw-r--r--   1 a b 7 2019-02-03 12:34 iso', 'iso', 'file', 7, '2019-02-03T12:34'],
    ['-rw-r--r--   1 a b 7 02-03 12:34 short', 'short', 'file', 7, '2024-02-03T12:34'],
    ['-rw-r--r--   1 a b 7 2019-02-03  long ago', 'long ago', 'file', 7, '2019-02-03T00:00'],
    ['-rw-r--r--   1 a b 7 2019-02-03 12:34:56.000000000 full', 'full', 'file', 7, '2019-02-03T12:34'],
    // An owner, a group and a size that could be a date in another language
    ['drwxr-xr-x   2 root 1 4096 Feb  3 12:34 x', 'x', 'directory', 4096, '2024-02-03T12:34'],
    ['drwxr-xr-x   2 root 1 2020 f\xc3\xa9vr.  3 12:34 x', 'x', 'directory', 2020, undefined],
    // Months of other languages have no time, and no wrong one either
    ['-rw-r--r--   1 a b 9 Mai  3 12:34 german', 'german', 'file', 9, undefined],
    ['-rw-r--r--   1 a b 9 3 juin  2019 french', 'french', 'file', 9, undefined],
    ['-rw-r--r--   1 a b 9 2\xe6\x9c\x88  3 12:34 chinese', 'chinese', 'file', 9, undefined],
    // NetPresenz and NetWare (D. J. Bernstein, "FTP: File Transfer Protocol", LIST)
    [
      '-rw-r--r--         326  1391972  1392298 Nov 22  1995 MegaPhone.sit',
      'MegaPhone.sit',
      'file',
      1392298,
      '1995-11-22T00:00',
    ],
    ['drwxrwxr-x               folder        2 May 10  1996 network', 'network', 'directory', 2, '1996-05-10T00:00'],
    [
      'd [R----F--] supervisor            512       Jan 16 18:53    login',
      'login',
      'directory',
      512,
      '2024-01-16T18:53',
    ],
    [
      '- [R----F--] rhesus             214059       Oct 20 15:27    cx.exe',
      'cx.exe',
      'file',
      214059,
      '2023-10-20T15:27',
    ],
    // A size that no number holds
    ['-rw-r--r--   1 a b 99999999999999999999 Feb  3 12:34 huge', 'huge', 'file', undefined, '2024-02-03T12:34'],
  ];
  for (const [line, ...expected] of rows) {
    it(line, () => assert.deepEqual(brief(one(line)), expected));
  }

  it('owner, group and permissions; the group may be missing, or have blanks', () => {
    const facts = (line: string): unknown[] => {
      const { owner, group, permissions } = one(line);
      return [owner, group, permissions];
    };
    assert.deepEqual(facts('-rw-r--r-- 1 joe users 1 Feb 3 12:34 x'), ['joe', 'users', 0o644]);
    assert.deepEqual(facts('-rw-r--r-- 1 joe 1 Feb 3 12:34 x'), ['joe', undefined, 0o644]);
    assert.deepEqual(facts('-rwsr-Sr-t+ 1 joe Domain Users 1 Feb 3 12:34 x'), ['joe', 'Domain Users', 0o7745]);
    assert.deepEqual(facts('-rwsr-sr-T 1 1000 1000 1 Feb 3 12:34 x'), ['1000', '1000', 0o7754]);
    assert.deepEqual(facts('-rw-r--r-- 1 jos\xc3\xa0 users 1 Feb 3 12:34 x'), ['josà', 'users', 0o644]);
  });

  it('a link whose name has an arrow is parted by the length of its target', () => {
    const link = one('lrwxrwxrwx 1 a b 6 Feb 3 12:34 a -> b -> target');
    assert.deepEqual([link.name, link.link], ['a -> b', 'target']);
    const target = one('lrwxrwxrwx 1 a b 11 Feb 3 12:34 a -> b -> target');
    assert.deepEqual([target.name, target.link], ['a', 'b -> target']);
    const without = one('lrwxrwxrwx 1 a b 0 Feb 3 12:34 alone');
    assert.deepEqual([without.name, without.link], ['alone', undefined]);
  });

  it('the folder itself and its parent are no entries, nor are totals and what ls says', () => {
    const text = [
      'total 12',
      'insgesamt 12',
      'drwxr-xr-x 2 a b 4096 Feb 3 12:34 .',
      'drwxr-xr-x 2 a b 4096 Feb 3 12:34 ..',
      'ls: secret: Permission denied',
      '-rw-r--r-- 1 a b 1 Feb 3 12:34 ...',
      '',
    ].join('\r\n');
    assert.deepEqual(
      listed(text).map(({ name }) => name),
      ['...'],
    );
    assert.deepEqual(listed(''), []);
  });
});

describe('dates without a year', () => {
  const rows: readonly (readonly [now: string, date: string, expected: string])[] = [
    ['2024-03-15T12:00Z', 'Mar 15 12:00', '2024-03-15T12:00'],
    ['2024-03-15T12:00Z', 'Sep 20 08:00', '2023-09-20T08:00'],
    ['2024-03-15T12:00Z', 'Feb 29 08:00', '2024-02-29T08:00'],
    ['2023-03-15T12:00Z', 'Feb 29 08:00', '2020-02-29T08:00'],
    ['2024-03-15T12:00Z', 'Dec 31 23:59', '2023-12-31T23:59'],
    // A zone ahead of this one: not in the future, and not a year ago
    ['2024-03-15T12:00Z', 'Mar 16 02:00', '2024-03-15T12:00'],
    ['2023-12-31T20:00Z', 'Jan  1 06:00', '2023-12-31T20:00'],
    ['2024-03-15T12:00Z', 'Mar 16 12:01', '2023-03-16T12:01'],
  ];
  for (const [now, date, expected] of rows) {
    it(`${date}, seen at ${now}, is ${expected}`, () => {
      const entry = one(`-rw-r--r-- 1 a b 1 ${date} x`, { clock: Date.parse(now) });
      assert.equal(entry.mtime?.toISOString().slice(0, 16), expected);
    });
  }

  it('no date of a year is in the future, at any time of it', () => {
    const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
    for (let day = 0; day < 366; day += 5) {
      const clock = Date.UTC(2024, 0, 1 + day, 17, 3);
      for (const month of months) {
        const time = one(`-rw-r--r-- 1 a b 1 ${month} 28 23:59 x`, { clock }).mtime?.getTime() as number;
        assert.ok(time <= clock && time > clock - 367 * 86_400_000, `${month} at ${new Date(clock).toISOString()}`);
      }
    }
  });

  it('a day or an hour that does not exist is no date', () => {
    for (const date of ['Feb 31  2019', 'Feb  3 24:34', 'Feb  3 12:60', 'Feb 29  2019', '2019-13-03 12:34'])
      assert.throws(() => listed(`-rw-r--r-- 1 a b 1 ${date} x\r\n`), ProtocolError, date);
  });
});

describe('LIST as dir has it', () => {
  const rows: readonly (readonly [line: string, ...expected: unknown[]])[] = [
    ['02-03-19  12:34PM       <DIR>          name', 'name', 'directory', undefined, '2019-02-03T12:34'],
    ['02-03-19  12:34AM                 1024 a file', 'a file', 'file', 1024, '2019-02-03T00:34'],
    ['02-03-2019  01:34PM               1024 x', 'x', 'file', 1024, '2019-02-03T13:34'],
    ['02-03-99  12:34PM       <DIR>            two before', '  two before', 'directory', undefined, '1999-02-03T12:34'],
    ['02-03-19  12:34PM                 1024  one before ', ' one before ', 'file', 1024, '2019-02-03T12:34'],
    ['02-03-49  12:34PM       <DIR>          x', 'x', 'directory', undefined, '2049-02-03T12:34'],
    ['02-03-50  12:34PM       <DIR>          x', 'x', 'directory', undefined, '1950-02-03T12:34'],
    ['2019-02-03  13:34            1,234,567 x', 'x', 'file', 1234567, '2019-02-03T13:34'],
    ['02-03-19  12:34PM       <JUNCTION>     here [C:\\there]', 'here', 'link', undefined, '2019-02-03T12:34'],
    ['02-03-19  12:34PM       <SYMLINKD>     there', 'there', 'link', undefined, '2019-02-03T12:34'],
  ];
  for (const [line, ...expected] of rows) {
    it(line, () => assert.deepEqual(brief(one(line)), expected));
  }
  it('hours beyond noon and midnight, and days beyond the month, are refused', () => {
    for (const begin of ['02-03-19  13:34PM', '02-03-19  00:34AM', '02-31-19  12:34PM', '13-03-19  12:34PM'])
      assert.throws(() => listed(`${begin}                 1024 x\r\n`), ProtocolError, begin);
  });
});

describe('MLSD', () => {
  const facts = (line: string): FtpEntry => one(line, { command: 'MLSD' });

  it('RFC 3659, section 7.7.4', () => {
    const text = [
      'Type=cdir;Perm=el;Unique=keVO1+ZF4; test',
      'Type=pdir;Perm=e;Unique=keVO1+d?3; ..',
      'Type=OS.unix=slink:/foobar;Perm=;Unique=keVO1+4G4; foobar',
      'Type=OS.unix=chr-13/29;Perm=;Unique=keVO1+5G4; device',
      'Type=file;Perm=awr;Unique=keVO1+8G4;Size=1024990;Modify=19970214165800; writable',
      'Type=dir;Perm=cpmel;Unique=keVO1+7G4; incoming',
    ].join('\r\n');
    assert.deepEqual(listed(text, { command: 'MLSD' }).map(brief), [
      ['foobar', 'link', undefined, undefined],
      ['device', 'other', undefined, undefined],
      ['writable', 'file', 1024990, '1997-02-14T16:58'],
      ['incoming', 'directory', undefined, undefined],
    ]);
    assert.equal(listed(text, { command: 'MLSD' })[0]?.link, '/foobar');
  });

  it('proftpd and pure-ftpd', () => {
    const entry = facts(
      'modify=20240203123456.789;perm=adfrw;size=7;type=file;unique=803U7;UNIX.group=1000;UNIX.groupname=users;UNIX.mode=0644;UNIX.ownername=joe;UNIX.owner=1000; a; b=c;  d',
    );
    assert.deepEqual(brief(entry), ['a; b=c;  d', 'file', 7, '2024-02-03T12:34']);
    assert.deepEqual(
      [entry.mtime?.getMilliseconds(), entry.permissions, entry.owner, entry.group],
      [789, 0o644, 'joe', 'users'],
    );
    const folder = facts(
      'type=dir;sizd=4096;modify=20240203123456;UNIX.mode=0755;UNIX.uid=0;UNIX.gid=1;unique=1g2; pub',
    );
    assert.deepEqual(
      [folder.type, folder.size, folder.permissions, folder.owner, folder.group],
      ['directory', 4096, 0o755, '0', '1'],
    );
  });

  it('facts that are missing, empty, unknown or wrong are left out; the name stays', () => {
    assert.deepEqual(brief(facts(' name')), ['name', 'other', undefined, undefined]);
    assert.deepEqual(brief(facts('  name')), [' name', 'other', undefined, undefined]);
    assert.deepEqual(brief(facts('type=file;size=;modify=; x')), ['x', 'file', undefined, undefined]);
    assert.deepEqual(brief(facts('type=file;size=-5;modify=20240230000000;x-y=z; x')), [
      'x',
      'file',
      undefined,
      undefined,
    ]);
    assert.deepEqual(brief(facts('type=file;size=5 x')), ['x', 'file', 5, undefined]);
    assert.deepEqual(brief(facts('TYPE=FILE;SIZE=99999999999999999; x')), ['x', 'file', undefined, undefined]);
  });

  it('a line without facts or without a name is refused', () => {
    for (const line of ['name', 'type=file;size=5;', 'type=file; ', 'x 5', 'type file; x', ' '])
      assert.throws(() => listed(`${line}\r\n`, { command: 'MLSD' }), ProtocolError, JSON.stringify(line));
  });
});

describe('names', () => {
  it('are UTF-8, Latin-1 by option, and bytes in any case', () => {
    const line = '-rw-r--r-- 1 a b 1 Feb 3 12:34 ';
    assert.equal(one(`${line}\xc3\xa9`).name, 'é');
    assert.equal(one(`${line}\xc3\xa9`, { encoding: 'latin1' }).name, 'Ã©');
    const odd = one(`${line}\xff\x01\x85\xa0`);
    assert.equal(odd.name, '\ufffd\x01\ufffd\ufffd');
    assert.deepEqual([...odd.rawName], [0xff, 1, 0x85, 0xa0]);
  });

  it('have an LF where lines end with CRLF, and a CR where they end with LF', () => {
    const line = '-rw-r--r-- 1 a b 1 Feb 3 12:34 ';
    assert.deepEqual(
      listed(`${line}x\r\n${line}a\nb\r\n`).map(({ name }) => name),
      ['x', 'a\nb'],
    );
    assert.deepEqual(
      listed(`${line}x\n${line}a\rb\n`).map(({ name }) => name),
      ['x', 'a\rb'],
    );
    assert.deepEqual(
      listed(`${line}x\n${line}y`).map(({ name }) => name),
      ['x', 'y'],
      'the last end may be missing',
    );
  });

  it('every byte but the ends of lines comes through', () => {
    const name = Buffer.from(Array.from({ length: 256 }, (_, i) => i).filter((i) => i !== 0x0d && i !== 0x0a));
    const entries = listed(Buffer.concat([bytes('-rw-r--r-- 1 a b 1 Feb 3 12:34 '), name, bytes('\r\n')]));
    assert.deepEqual(entries[0]?.rawName, name);
  });
});

describe('what is no listing, or too much of one', () => {
  it('an unknown format is refused with the line', () => {
    for (const line of ['README.TXT;1  2/3 3-FEB-2019 12:34', '-rw-r--r-- 1 a b', 'hello there', '<html>', '-'])
      assert.throws(
        () => listed(`${line}\r\n`),
        (error: SocketError) =>
          error.code === 'ERR_FTP_LISTING' && error.reason === 'malformed listing' && error.message.includes(line),
      );
  });

  it('bytes, entries and the length of a line have limits', () => {
    const line = '-rw-r--r-- 1 a b 1 Feb 3 12:34 x\r\n';
    assert.equal(listed(line.repeat(3), { limits: { entries: 3, bytes: 3 * line.length } }).length, 3);
    assert.throws(() => listed(line.repeat(4), { limits: { entries: 3 } }), LimitError);
    assert.throws(() => listed(line.repeat(4), { limits: { bytes: 4 * line.length - 1 } }), LimitError);
    assert.equal(listed(line.trim().padEnd(LISTING_LINE_LIMIT, 'x')).length, 1);
    assert.throws(() => listed(line.trim().padEnd(LISTING_LINE_LIMIT + 1, 'x')), LimitError);
  });

  it('is parsed in linear time, whatever it says', () => {
    for (const hostile of [
      ' '.repeat(16_000),
      'a '.repeat(8000),
      '- '.repeat(8000),
      '1 Feb '.repeat(2700),
      ', '.repeat(8000),
    ]) {
      for (const begin of ['-rw-r--r-- ', '02-03-19  12:34PM ', 'lrwxrwxrwx 1 a b 1 Feb 3 12:34 ', 'total']) {
        for (const command of ['LIST', 'MLSD'] as const) {
          const before = process.cpuUsage();
          const parser = new ListingParser(command, 'utf8', NOW);
          try {
            for (let i = 0; i < 10; i++) parser.push(bytes(`${begin}${hostile}\r\n`));
          } catch (error) {
            assert.ok(error instanceof ProtocolError);
          }
          const { user } = process.cpuUsage(before);
          assert.ok(user < 1_000_000, `${user} microseconds for ${JSON.stringify(begin + hostile.slice(0, 20))}`);
        }
      }
    }
  });
});
