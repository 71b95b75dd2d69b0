# Small messages with Python's smtplib, over one session, built by its email package.

import json, resource, smtplib, sys, time
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

port, units = int(sys.argv[1]), int(sys.argv[2])
TEXT = "A line of a small message, as a program sends it.\n" * 20
smtp = smtplib.SMTP("127.0.0.1", port)


def send(count):
    for _ in range(count):
        message = EmailMessage()
        message["From"] = "ann@sender.example"
        message["To"] = "bob@receiver.example"
        message["Subject"] = "Report of the day"
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain="sender.example")
        message.set_content(TEXT)
        smtp.send_message(message)


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


send(2000)
wall, before = time.monotonic(), cpu()
send(units)
print(json.dumps({"units": units, "cpuSeconds": cpu() - before, "wallSeconds": time.monotonic() - wall}))
