/**
 * `npm run bench:http`: an authenticated `GET` of an account and an idempotent `POST` of an invitation through
 * Greenroom’s API, beside bare Fastify routes that have the same schemas and run the same number of statements
 * in one transaction through the same pool, in the same process.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { devNull } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Served } from './http/child.ts';
import { runLoad } from './http/load.ts';
import { isQuick, median, type Row, report } from './report.ts';

const CONNECTIONS = 32;
const ROUNDS = isQuick() ? 3 : 7;
const ROUND_MS = isQuick() ? 1_000 : 4_000;
const WARM_UP_MS = isQuick() ? 1_500 : 5_000;
const MUST = { at_least: 0.6 } as const;

// Its log is written as in life, and read by nobody unless somebody wants to.
const log = process.env['BENCH_LOG'] === undefined ? openSync(devNull, 'w') : process.stderr;
// Two pipes and a file: no overload of spawn knows that.
const child = spawn(
  process.execPath,
  [fileURLToPath(new URL('./http/child.ts', import.meta.url))],
  { stdio: ['pipe', 'pipe', log] },
) as ChildProcessByStdio<Writable, Readable, null>;
try {
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error('the server did not start'))),
  ]);
  // Written by our own process.
  const served = JSON.parse(String(line)) as Served;
  const rows = await measure(served);
  report('http', rows, [
    `${CONNECTIONS} connections, median of ${ROUNDS} rounds of ${ROUND_MS / 1000} s, by turns`,
    `statements a request, on both sides: GET ${served.statements.get}, POST ${served.statements.post}`,
    'PostgreSQL does not wait for the disk here: waiting would favour us',
  ]);
} finally {
  child.stdin.end();
  if (child.exitCode === null) await once(child, 'exit');
}

async function measure({ ourPort, barePort, accountId, apiKey }: Served): Promise<Row[]> {
  const get = (prefix: string) => () =>
    request(`GET ${prefix}/accounts/${accountId}`, [`Authorization: Bearer ${apiKey}`]);
  const post = (prefix: string) => () =>
    request(
      `POST ${prefix}/invitations`,
      [`Authorization: Bearer ${apiKey}`, `Idempotency-Key: ${randomUUID()}`],
      '{"role":"viewer"}',
    );
  return [
    await compare('GET of an account by API key, requests/s', 200, {
      ours: { port: ourPort, next: get('/api/v1') },
      bare: { port: barePort, next: get('') },
    }),
    await compare('idempotent POST of an invitation, requests/s', 201, {
      ours: { port: ourPort, next: post('/api/v1') },
      bare: { port: barePort, next: post('') },
    }),
  ];
}

function request(line: string, headers: readonly string[], body?: string): string {
  const content =
    body === undefined
      ? []
      : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`];
  const head = [`${line} HTTP/1.1`, 'Host: 127.0.0.1', ...headers, ...content];
  return `${head.join('\r\n')}\r\n\r\n${body ?? ''}`;
}

interface Target {
  readonly port: number;
  readonly next: () => string;
}

async function compare(
  figure: string,
  status: number,
  targets: { readonly ours: Target; readonly bare: Target },
): Promise<Row> {
  for (const target of Object.values(targets)) await run(target, status, WARM_UP_MS);
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    ours.push(await run(targets.ours, status, ROUND_MS));
    bare.push(await run(targets.bare, status, ROUND_MS));
  }
  return {
    figure,
    ours: median(ours),
    reference: median(bare),
    reference_name: 'bare Fastify route, same statements and pool',
    must: MUST,
  };
}

async function run({ port, next }: Target, status: number, milliseconds: number): Promise<number> {
  const load = await runLoad({ port, connections: CONNECTIONS, milliseconds, next });
  const others = [...load.statuses.keys()].filter((one) => one !== status);
  if (others.length > 0) throw new Error(`status ${others.join(', ')} instead of ${status}`);
  return load.requestsPerSecond;
}
