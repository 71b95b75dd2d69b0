/** Writes a line to the system's log, in the form of RFC 3164: `node syslog.js 'all is well' [/dev/log]`. */
import { SocketError, unix } from 'moonsocket/blocking';

// section 4.1.1: facility * 8 + severity
const USER = 1;
const NOTICE = 5;

/** `<13>Oct 11 22:14:15 name[pid]: text`; what comes by a local socket leaves out the host. */
function line(text: string, time: Date): string {
  // section 4.1.2: the day is two characters wide, and the time is the local one
  const month = time.toLocaleString('en', { month: 'short' });
  const day = String(time.getDate()).padStart(2);
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map((n) => String(n).padStart(2, '0'));
  return `<${USER * 8 + NOTICE}>${month} ${day} ${clock.join(':')} syslog.js[${process.pid}]: ${text}`;
}

const [text = 'hello', path = '/dev/log'] = process.argv.slice(2);
const log = unix.dgram();
// the log's daemon may be slow, or stopped
log.settimeout(5);
try {
  log.connect(path);
  log.send(line(text, new Date()));
} catch (error) {
  if (!(error instanceof SocketError)) throw error;
  console.error(`not logged: ${error.message}`);
  process.exitCode = 1;
} finally {
  log.close();
}
