// Listings of 100,000 entries, as vsftpd gives them to LIST and proftpd to MLSD.

const lines = (line: (i: number) => string): Buffer =>
  Buffer.from(Array.from({ length: 100_000 }, (_, i) => `${line(i)}\r\n`).join(''));

export const inputs = {
  LIST: (): Buffer =>
    lines((i) => `-rw-r--r--    1 1000     1000     ${String(i * 7).padStart(8)} Feb 03 12:34 file-${i}.txt`),
  MLSD: (): Buffer =>
    lines(
      (i) =>
        `modify=20240203123456;perm=adfrw;size=${i * 7};type=file;unique=803U${i};UNIX.group=1000;UNIX.groupname=users;` +
        `UNIX.mode=0644;UNIX.owner=1000;UNIX.ownername=joe; file-${i}.txt`,
    ),
};
