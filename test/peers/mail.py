"""Reads messages, one per line in base64, and answers with what Python's email and dkim make of each, as JSON."""
import base64, json, sys
from email import policy
from email.parser import BytesParser

STRICT = policy.SMTP.clone(raise_on_defect=True)


def addresses(header):
    return [[a.display_name, a.addr_spec] for a in header.addresses] if header is not None else []


def part_of(part):
    content = part.get_payload(decode=True)
    disposition = part["content-disposition"]
    return {
        "type": part.get_content_type(),
        "filename": disposition.params.get("filename") if disposition is not None else None,
        "disposition": part.get_content_disposition(),
        "cid": part["content-id"],
        "encoding": part["content-transfer-encoding"],
        "charset": part.get_content_charset(),
        "content": base64.b64encode(content).decode(),
    }


def defects_of(message):
    found = []
    for part in message.walk():
        found += [str(defect) for defect in part.defects]
        for name, value in part.items():
            found += [f"{name}: {defect!r}" for defect in getattr(value, "defects", [])]
    return found


def look(raw):
    message = BytesParser(policy=STRICT).parsebytes(raw)
    return {
        "subject": message["subject"],
        "from": addresses(message["from"]),
        "to": addresses(message["to"]),
        "test": message["x-test"],
        "date": message["date"].datetime.timestamp(),
        "defects": defects_of(message),
        "parts": [part_of(part) for part in message.walk() if not part.is_multipart()],
    }


def verify(raw, keys):
    import dkim
    record = lambda name, timeout=5: keys.get(name.decode() if isinstance(name, bytes) else name, "").encode()
    signer = dkim.DKIM(raw)
    count = raw.lower().count(b"dkim-signature:")
    return [bool(signer.verify(idx=index, dnsfunc=record)) for index in range(count)]


for line in sys.stdin:
    job = json.loads(line)
    raw = base64.b64decode(job["message"])
    try:
        answer = verify(raw, job["keys"]) if "keys" in job else look(raw)
    except Exception as error:
        answer = {"error": repr(error)}
    print(json.dumps(answer), flush=True)
