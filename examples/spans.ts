/**
 * Spans of OpenTelemetry for each request, connection, handshake and command: `node --import ./spans.js program.js`, or
 * `node spans.js URL`, which prints the spans of one request. With the package, `tracer` is `trace.getTracer('moonsocket')`.
 */
import { subscribe } from 'node:diagnostics_channel';
import { fileURLToPath } from 'node:url';
import { request } from 'moonsocket/http';

/** As much of a tracer as is needed here: it prints what a real one would export. */
const tracer = {
  startSpan: (name: string) => {
    const attributes: Record<string, unknown> = {};
    return {
      setAttribute: (key: string, value: unknown) => {
        attributes[key] = value;
      },
      end: () => console.log(name, JSON.stringify(attributes)),
    };
  },
};

/** The attributes of an event, by the names of OpenTelemetry's conventions. */
type Named = (event: Record<string, unknown>) => Record<string, unknown>;

const KINDS: Record<string, Named> = {
  connect: ({ host, port }) => ({ 'server.address': host, 'server.port': port }),
  tls: ({ server, protocol, cipher, resumed }) => ({
    ...{ 'server.address': server, 'tls.protocol.version': protocol },
    ...{ 'tls.cipher': cipher, 'tls.resumed': resumed },
  }),
  'http:request': ({ method, url, code, exchange }) => ({
    ...{ 'http.request.method': method, 'url.full': url, 'http.response.status_code': code },
    'http.request.resend_count': (exchange as number) - 1 || undefined,
  }),
  'ftp:command': ({ server, command }) => ({ 'server.address': server, 'ftp.command': command }),
  'smtp:command': ({ server, command }) => ({ 'server.address': server, 'smtp.command': command }),
};

for (const [kind, named] of Object.entries(KINDS)) {
  // the same object at the start and at the end of each operation
  const spans = new WeakMap<object, ReturnType<typeof tracer.startSpan>>();
  subscribe(`moonsocket:${kind}:start`, (event) => void spans.set(event as object, tracer.startSpan(kind)));
  const ended = (event: unknown): void => {
    const facts = event as Record<string, unknown>;
    const span = spans.get(facts);
    for (const [key, value] of Object.entries(named(facts))) span?.setAttribute(key, value);
    span?.setAttribute('error.type', (facts.error as { code?: string } | undefined)?.code);
    span?.end();
  };
  subscribe(`moonsocket:${kind}:end`, ended);
  subscribe(`moonsocket:${kind}:error`, ended);
}

const [, main, url] = process.argv;
if (main === fileURLToPath(import.meta.url) && url !== undefined) {
  // its error is in the span
  await request(url).catch(() => {});
}
