/** What moonsocket does, shown: the introduction's two programs run, and someone talks to them. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Client, connect, pipe } from 'moonsocket';

/** Starts an example; its output is a stream like any other. */
function start(name: string, ...args: string[]): { output: Client; stop(): void } {
  const path = fileURLToPath(new URL(name, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  return { output: pipe(child.stdout), stop: () => void child.kill() };
}

async function portOf(output: Client): Promise<number> {
  const line = await output.receive();
  console.log(`  server: ${line}`);
  return Number(line.slice(line.lastIndexOf(' ') + 1));
}

console.log('The echo server:');
const echo = start('echo-server.js');
const port = await portOf(echo.output);
console.log(`  server: ${await echo.output.receive()}`);
const telnet = await connect('localhost', port, { timeout: 10 });
telnet.settimeout(10);
const words = 'Hello, is there anybody out there?';
await telnet.send(`${words}\r\n`);
console.log(`  you:    ${words}`);
const answer = await telnet.receive();
console.log(`  server: ${answer}`);
telnet.close();
echo.stop();

console.log('The daytime client:');
const daytime = start('daytime-server.js');
const client = start('daytime-client.js', 'localhost', String(await portOf(daytime.output)));
const time = await client.output.receive();
console.log(`  server: ${time}`);
daytime.stop();

if (answer !== words || Number.isNaN(Date.parse(time.replace(/ \(.*/, '')))) {
  throw new Error('the demo did not get the answers that it should');
}
