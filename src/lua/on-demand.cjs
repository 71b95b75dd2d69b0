/**
 * What a machine loads only when a script asks for it. In CommonJS, which alone can load at once and later: a script's `require`
 * cannot wait for a promise. The names are literals, so that bundlers find them.
 */
module.exports = {
  ltn12: () => require('./modules/pure/ltn12.js'),
  mime: () => require('./modules/pure/mime.js'),
  mimeCore: () => require('./modules/pure/mime-core.js'),
  socket: () => require('./modules/socket/socket.js'),
  headers: () => require('./modules/pure/headers.js'),
  url: () => require('./modules/pure/url.js'),
  serial: () => require('./modules/socket/serial.js'),
  unix: () => require('./modules/socket/unix.js'),
  http: () => require('./modules/http/http.js'),
  tp: () => require('./modules/tp/tp.js'),
  ftp: () => require('./modules/ftp/ftp.js'),
  smtp: () => require('./modules/smtp/smtp.js'),
  mbox: () => require('./modules/pure/mbox.js'),
  lfs: () => require('./modules/lfs/lfs.js'),
  cFiles: () => require('../posix/libc/files.js'),
  ssl: () => require('./modules/ssl/ssl.js'),
  sslConfig: () => require('./modules/ssl/config.js'),
  sslContext: () => require('./modules/ssl/context.js'),
  sslCore: () => require('./modules/ssl/core.js'),
  https: () => require('./modules/ssl/https.js'),
  x509: () => require('./modules/ssl/x509.js'),
  shell: () => require('./host/shell.js'),
};
