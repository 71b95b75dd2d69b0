# The same with curl, a process each time: its start is a part of what it takes.

import json, resource, subprocess, sys, time

port, units, task = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
PIECE = b"moonsocket" * 6553 + b"moonso"
place = "ftp://127.0.0.1:%d/" % port


def cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


wall, before = time.monotonic(), cpu()
if task == "down":
    subprocess.run(["curl", "-sS", "-o", "/dev/null", place + str(units)], check=True)
else:
    curl = subprocess.Popen(["curl", "-sS", "-T", "-", place + "up/file"], stdin=subprocess.PIPE)
    for _ in range(units // len(PIECE)):
        curl.stdin.write(PIECE)
    curl.stdin.close()
    assert curl.wait() == 0
print(json.dumps({"units": units, "cpuSeconds": cpu() - before, "wallSeconds": time.monotonic() - wall}))
