/** The built site: its pages, what they link to, and a server for them. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

export const SITE = path.resolve('docs/site');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
};

/** The paths of the pages, from the site's root. */
export function pages(): string[] {
  return readdirSync(SITE, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.html'))
    .sort();
}

/** What a page links to within the site: the file, and the anchor if there is one. */
export function linksOf(page: string): { readonly target: string; readonly file: string; readonly anchor: string }[] {
  const html = readFileSync(path.join(SITE, page), 'utf8');
  return [...html.matchAll(/\b(?:href|src)="([^"]*)"/g)]
    .map(([, target = '']) => target.replaceAll('&amp;', '&'))
    .filter((target) => !/^[a-z][a-z\d+.-]*:/i.test(target))
    .map((target) => {
      const url = new URL(target, `file:///${page}`);
      return { target, file: decodeURIComponent(url.pathname).slice(1), anchor: decodeURIComponent(url.hash.slice(1)) };
    });
}

/** The names that a page's anchors may have. */
export function anchorsOf(page: string): ReadonlySet<string> {
  const html = readFileSync(path.join(SITE, page), 'utf8');
  return new Set([...html.matchAll(/\bid="([^"]+)"/g)].map(([, id = '']) => id.replaceAll('&amp;', '&')));
}

export function isFile(file: string): boolean {
  const whole = path.join(SITE, file);
  return existsSync(whole) && statSync(whole).isFile();
}

/** A page of the reference for one name; all others are texts, or lists of names. */
export function isOfOneName(page: string): boolean {
  return /^(?:classes|functions|interfaces|types|variables)\//.test(page);
}

/** The index of the search, and the tree at the side: the same on each page, and most of a browser's work. */
const SHARED = /^assets\/(?:search|navigation)\.js$/;

/** Serves the site at a port that the system chooses. Pages of one name get no search and no tree, which the other pages show. */
export async function serveSite(): Promise<{ readonly server: Server; readonly origin: string }> {
  const server = createServer((request, response) => {
    const file = decodeURIComponent(new URL(request.url ?? '/', 'http://site').pathname).slice(1);
    if (!isFile(file)) {
      response.writeHead(404).end();
      return;
    }
    response.setHeader('content-type', TYPES[path.extname(file)] ?? 'application/octet-stream');
    const from = new URL(request.headers.referer ?? 'http://site/').pathname.slice(1);
    const shared = SHARED.test(file);
    response.setHeader('cache-control', shared ? 'no-store' : 'max-age=3600');
    response.end(shared && isOfOneName(from) ? '' : readFileSync(path.join(SITE, file)));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
