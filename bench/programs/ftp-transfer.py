# The same with Python's ftplib, in blocks of its own choice.

import ftplib, json, resource, sys, time

port, units, task = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
PIECE = memoryview(b"moonsocket" * 6554)[:65536]
STORED = "up/file"
WARM_UP = 2**26

ftp = ftplib.FTP()
ftp.connect("127.0.0.1", port)
ftp.login()
ftp.voidcmd("TYPE I")


class Pieces:
    def __init__(self, size):
        self.left = size

    def read(self, most):
        piece = PIECE[: min(most, self.left)]
        self.left -= len(piece)
        return piece


def once(size):
    moved = 0

    def came(piece):
        nonlocal moved
        moved += len(piece)

    if task == "down":
        ftp.retrbinary("RETR %d" % size, came)
        assert moved == size
    else:
        ftp.storbinary("STOR " + STORED, Pieces(size))
        assert ftp.size(STORED) == size


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


once(WARM_UP)
wall, before = time.monotonic(), cpu()
once(units)
print(json.dumps({"units": units, "cpuSeconds": cpu() - before, "wallSeconds": time.monotonic() - wall}))
