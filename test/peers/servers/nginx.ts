/** nginx, as one process, with a location for each thing that the tests ask of it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { everyByte } from '../peer.ts';
import { Child, type Cleanup } from '../tools.ts';
import { passwordLine, serverFolder, startOnPorts } from './start.ts';

export interface Nginx {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  /** Another origin: it answers every request with the Authorization that it got, and its own name in front. */
  readonly other: string;
  /** `https://localhost:port`, with the certificate that was given. */
  readonly secure: string;
  /** What it serves, and where it puts what is uploaded. */
  readonly www: string;
}

/** What is at `/1k.bin`. */
export const KIB: Buffer = everyByte(1024);
/** What is at `/page.html` and, by `ssi` and in chunks, at `/chunked/page.html`. */
export const PAGE: string = 'all work and no play makes jack a dull boy\n'.repeat(5000);
/** Who may read what is in `/auth/`, as it stands in a URL. */
export const LOGIN = 'user:p%3Aa%20ss';

/** The files of a certificate with its chain, and of its key. */
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
}

/** Starts one; `name` is what it answers at `/name`. */
export async function startNginx(cleanup: Cleanup, name = 'nginx', certificate?: ServerCertificate): Promise<Nginx> {
  const folder = serverFolder(cleanup);
  const www = join(folder, 'www');
  mkdirSync(join(www, 'up'), { recursive: true });
  writeFileSync(join(www, '1k.bin'), KIB);
  writeFileSync(join(www, 'page.html'), PAGE);
  writeFileSync(join(folder, 'passwords'), passwordLine('user', 'p:a ss'));
  const count = certificate === undefined ? 2 : 3;
  const [port, other, secure] = await startOnPorts(count, ([port, other, secure]) => {
    const file = join(folder, 'nginx.conf');
    const tls = certificate === undefined ? '' : secureServer(folder, secure as number, certificate);
    writeFileSync(file, configuration(folder, name, port as number, other as number, tls));
    return new Child(cleanup, 'nginx', ['-p', folder, '-e', 'stderr', '-c', file]);
  });
  return {
    url: `http://127.0.0.1:${port}`,
    other: `http://127.0.0.1:${other}`,
    secure: `https://localhost:${secure}`,
    www,
  };
}

/** One process that stays in front: the one that the test ends. */
function configuration(folder: string, name: string, port: number, other: number, secure: string): string {
  return `
daemon off; master_process off; pid nginx.pid; error_log stderr error;
events { worker_connections 256; }
http {
  access_log off; default_type application/octet-stream; types { text/html html; }
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  keepalive_requests 20000; large_client_header_buffers 4 64k; absolute_redirect off; client_max_body_size 20m;
  server {
    listen 127.0.0.1:${port}; root ${folder}/www;
    location / { }
    location = /name { return 200 "${name}\\n"; }
    location = /connection { return 200 "$connection $connection_requests"; }
    location = /few { keepalive_requests 100; return 200 "$connection"; }
    location = /cookie { add_header Set-Cookie "seen=yes; Path=/"; return 200 "$http_cookie"; }
    location = /to-cookie { add_header Set-Cookie "moved=yes; Path=/"; return 302 /cookie; }
    location = /asked { return 200 "$request_method $http_content_length"; }
    location = /line { return 200 "$request"; }
    location = /credentials { return 200 "$http_via, $http_authorization, $http_proxy_authorization"; }
    location /gzip/ { alias ${folder}/www/; gzip on; gzip_types *; gzip_min_length 1; }
    location /chunked/ { alias ${folder}/www/; ssi on; }
    location /auth/ { alias ${folder}/www/; auth_basic "a zone"; auth_basic_user_file ${folder}/passwords; }

    location = /r301 { return 301 /1k.bin; }
    location = /r302 { return 302 ./1k.bin?found=yes; }
    location = /r303 { return 303 /asked; }
    location = /r307 { return 307 /asked; }
    location = /r308 { return 308 http://127.0.0.1:${port}/asked; }
    location = /up/r307 { return 307 /up/moved; }
    location = /loop { return 302 /loop; }
    location = /auth/leave { return 302 http://127.0.0.1:${other}/; }

    location /up/ { dav_methods PUT; }
    location = /discard { return 200 "discarded\\n"; }
    location = /small { client_max_body_size 1k; dav_methods PUT; }
    location = /small-and-reset { client_max_body_size 1k; dav_methods PUT; lingering_close off; }
    location = /large { add_header X-Large $http_x_large; add_header Set-Cookie a=1; add_header Set-Cookie b=2; return 200 "large\\n"; }
    location = /hang-up { return 444; }
  }
  ${secure}
  server { listen 127.0.0.1:${other}; return 200 "other $http_authorization"; }
}
`;
}

function secureServer(folder: string, port: number, { cert, key }: ServerCertificate): string {
  return `
  server {
    listen 127.0.0.1:${port} ssl; ssl_protocols TLSv1.2 TLSv1.3; root ${folder}/www; ssl_certificate ${cert}; ssl_certificate_key ${key};
    location = /tls { return 200 "$ssl_server_name $ssl_protocol $ssl_session_reused $connection_requests"; }
  }`;
}
