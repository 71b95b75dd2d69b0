/**
 * `npm run plots`: draws docs/benchmarks.json, the record of `npm run bench -- --json`, into docs/plots: one picture a version of Node.
 * The same record gives the same bytes. Plot and linkedom are dependencies of this folder alone.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

/** The rows of a picture: the comparison and its figure, what was done, the face that did it, the peer, and whether the figure is a cost. */
const ROWS = [
  ['roundtrip', 'CPU per round trip, of node:net', 'round trips', 'await', 'node:net', true],
  ['bulk-receive', 'bytes per CPU second, of node:net', 'receiving 1 GiB', 'await', 'node:net', false],
  ['http-get-undici', 'CPU per request, of undici.request', 'HTTP GET', 'await', 'undici.request', true],
  ['http-get-fetch', "CPU per request, of undici's fetch", 'HTTP GET', 'await', 'undici.fetch', true],
  ['https-get-undici', 'CPU per request, of undici.request', 'HTTPS GET', 'await', 'undici.request', true],
  ['ftp-listing-mlsd', 'CPU of 100,000 entries', 'FTP listing, MLSD', 'await', 'basic-ftp', true],
  ['ftp-listing-list', 'CPU of 100,000 entries', 'FTP listing, LIST', 'await', 'basic-ftp', true],
  ['smtp-messages', 'CPU per message, of nodemailer', 'SMTP messages', 'await', 'nodemailer', true],
  ['smtp-blocking-messages', 'CPU per message, of smtplib', 'SMTP messages', 'blocking', 'smtplib', true],
  ['lines', 'lines per CPU second, of LuaSocket', 'lines', 'await', 'LuaSocket', false],
  ['blocking-round-trip', 'CPU per round trip, of LuaSocket', 'round trips', 'blocking', 'LuaSocket', true],
  ['blocking-udp', 'datagrams per CPU second, of LuaSocket', 'UDP datagrams', 'blocking', 'LuaSocket', false],
  ['lua-lines', 'lines per CPU second, of LuaSocket', 'lines', 'Lua', 'LuaSocket', false],
];

const STYLE = ':root{color:#1f2328}@media(prefers-color-scheme:dark){:root{color:#e6edf3}}';
const NUMBER = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** The figures of a picture. A cost is turned over, its spread as well, so that more is better in each row. */
function rowsOf({ figures }, node) {
  return ROWS.flatMap(([name, label, work, face, peer, isCost]) => {
    const figure = figures.find((each) => each.node === node && each.name === name && each.label === label);
    if (figure === undefined) return [];
    const { median, least, most } = figure;
    const speed = isCost ? { median: 1 / median, least: 1 / most, most: 1 / least } : { median, least, most };
    return [{ title: `${work} (${face}) against ${peer}`, face, ...speed }];
  });
}

/** Two or three lines below the bars: where, when, and with which versions it was measured. */
function captionOf({ machine, system, date, versions }, node) {
  const { [`node${node}`]: version, moonsocket, undici, nginx } = versions;
  const peers = `basic-ftp ${versions['basic-ftp']}, nodemailer ${versions.nodemailer}, undici ${undici}`;
  const [python] = versions.python3.split('\n');
  return [
    `CPU time of the same work, the peer's divided by moonsocket's: bars are medians, lines from least to most. More is better.`,
    `${date}, ${machine}, ${system}; Node ${version}, moonsocket ${moonsocket}`,
    `${peers}, ${versions['lua5.4']}, ${python}, ${nginx.replace(' version: nginx/', ' ')}`,
  ];
}

/** Returns the picture of one version of Node, as the text of a file. */
export function draw(record, node) {
  const rows = rowsOf(record, node);
  const { document } = parseHTML('<html><body></body></html>');
  const caption = captionOf(record, node);
  const height = rows.length * 24 + 40;
  const svg = Plot.plot({
    document,
    width: 800,
    height: height + caption.length * 16 + 8,
    marginLeft: 290,
    marginRight: 50,
    marginTop: 30,
    marginBottom: caption.length * 16 + 18,
    style: { background: 'none', fontSize: '12px', fontFamily: 'system-ui, sans-serif' },
    x: { axis: 'top', grid: true, label: null, domain: [0, Math.max(...rows.map(({ most }) => most), 1)], nice: true },
    y: { label: null, domain: rows.map(({ title }) => title) },
    color: { domain: ['await', 'blocking', 'Lua'], range: ['#4c8dd6', '#d18a2c', '#7f6fd1'] },
    marks: [
      Plot.barX(rows, { x: 'median', y: 'title', fill: 'face', insetTop: 3, insetBottom: 3 }),
      Plot.ruleX([1], { strokeDasharray: '4 3' }),
      Plot.ruleY(rows, { x1: 'least', x2: 'most', y: 'title', marker: 'tick' }),
      Plot.text(rows, { x: 'most', y: 'title', text: ({ median }) => NUMBER.format(median), dx: 8, textAnchor: 'start' }),
    ],
  });
  const name = `Speed of moonsocket against its peers, Node ${node}`;
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', name);
  const style = document.createElement('style');
  style.textContent = STYLE;
  svg.prepend(style);
  caption.forEach((line, at) => {
    const text = document.createElementNS('http://www.w3.org/2000/svg', 'text');
    text.setAttribute('x', '8');
    text.setAttribute('y', String(height + 12 + at * 16));
    text.setAttribute('text-anchor', 'start');
    text.setAttribute('fill', 'currentColor');
    text.textContent = line;
    svg.append(text);
  });
  return `${svg.outerHTML}\n`;
}

/** The pictures of a record: names of files, and what is in them. */
export function pictures(record) {
  const nodes = [...new Set(record.figures.map(({ node }) => node))].sort((a, b) => a - b);
  return new Map(nodes.map((node) => [`node${node}.svg`, draw(record, node)]));
}

if (fileURLToPath(import.meta.url) === process.argv[1]) {
  const record = JSON.parse(readFileSync(new URL('benchmarks.json', import.meta.url), 'utf8'));
  const folder = new URL('plots/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of pictures(record)) writeFileSync(new URL(name, folder), text);
}
