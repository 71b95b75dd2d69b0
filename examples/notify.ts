/**
 * Tells the service manager how a service is doing, as sd_notify(3) does: `node notify.js READY=1 'STATUS=all is well'`.
 * A unit of systemd with Type=notify has $NOTIFY_SOCKET in its environment, and takes such messages.
 */
import { SocketError, unix } from 'moonsocket/blocking';

const { NOTIFY_SOCKET: path = '' } = process.env;
const assignments = process.argv.slice(2);
if (path === '') {
  // started by hand: there is nobody to tell
  console.log('NOTIFY_SOCKET is not set, nothing was sent');
} else {
  const manager = unix.dgram();
  // a manager that is busy is no reason to hang
  manager.settimeout(5);
  try {
    // an abstract name begins with NUL, which no environment can have: there it is written as '@'
    const name = path.startsWith('@') ? `\0${path.slice(1)}` : path;
    // one datagram is one message, with an assignment on each line
    manager.sendto((assignments.length > 0 ? assignments : ['READY=1']).join('\n'), name);
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    console.error(`not notified: ${error.message}`);
    process.exitCode = 1;
  } finally {
    manager.close();
  }
}
