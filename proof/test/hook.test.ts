import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rewriteAwaits } from '../crash/await-sites.ts';
import { HOOK_FLAGS, HookedProcess } from '../crash/hooked-process.ts';
import {
  type DeathOrder,
  type Moment,
  ORDER_VARIABLE,
  REWRITTEN_VARIABLE,
} from '../crash/orders.ts';
import { writeRewritten } from '../crash/publish-path.ts';

const FILE = 'proof/test/fixtures/waits.ts';
const path = fileURLToPath(new URL('fixtures/waits.ts', import.meta.url));
const { sites } = rewriteAwaits(await readFile(path, 'utf8'), FILE);
const ALL =
  'value-begins value-ends got-value step1-begins step1-ends got-step1 step0-begins step0-ends got-step0 object close-begins close-ends end';

let folder: string;
let rewritten: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-hook-'));
  rewritten = join(folder, 'rewritten.json');
  writeRewritten(rewritten, [FILE]);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a process without an order does what it did', async () => {
  expect(await run(null)).toMatchObject({ said: ALL, code: 0, signal: null });
});

test.each<{ kind: string; moment: Moment; said: string }>([
  { kind: 'await', moment: 'pending', said: 'value-begins' },
  { kind: 'await', moment: 'settled', said: 'value-begins value-ends' },
  {
    kind: 'for await',
    moment: 'pending',
    said: 'value-begins value-ends got-value step1-begins',
  },
  {
    kind: 'for await',
    moment: 'settled',
    said: 'value-begins value-ends got-value step1-begins step1-ends',
  },
  { kind: 'await using', moment: 'pending', said: ALL.replace(' close-ends end', '') },
  { kind: 'await using', moment: 'settled', said: ALL.replace(' end', '') },
])('dies at $kind, $moment', async ({ kind, moment, said }) => {
  const site = sites.find((one) => one.kind === kind)?.id ?? '';
  const claimFile = join(folder, 'claim');
  const ended = await run({ site, moment, hit: 1, claimFile });
  expect(ended).toMatchObject({ said, code: null, signal: 'SIGKILL' });
  expect(JSON.parse(await readFile(claimFile, 'utf8'))).toEqual({
    pid: ended.pid,
    site,
    moment,
    hit: 1,
  });
});

test('dies at the second step of a loop, when the second time was ordered', async () => {
  const site = sites.find(({ kind }) => kind === 'for await')?.id ?? '';
  const ended = await run({ site, moment: 'settled', hit: 2, claimFile: join(folder, 'claim') });
  expect(ended).toMatchObject({ said: ALL.replace(/ got-step0.*/, ''), signal: 'SIGKILL' });
});

test('of two processes with the same order one dies', async () => {
  const site = sites[0]?.id ?? '';
  const order: DeathOrder = { site, moment: 'pending', hit: 1, claimFile: join(folder, 'claim') };
  const ends = await Promise.all([run(order), run(order)]);
  expect(ends.map(({ signal }) => signal).sort()).toEqual(['SIGKILL', null].sort());
  expect(ends.find(({ signal }) => signal === null)?.said).toBe(ALL);
});

test('takes an order while it runs, and tells where it has been', async () => {
  const { child, ended, spoke } = start(null);
  const hooked = new HookedProcess(child);
  const order: DeathOrder = {
    site: sites.find(({ kind }) => kind === 'await using')?.id ?? '',
    moment: 'settled',
    hit: 1,
    claimFile: join(folder, 'claim'),
  };
  await spoke;
  expect(await hooked.order(order)).toEqual([sites[0]?.id]);
  expect((await ended).signal).toBe('SIGKILL');
  expect(await hooked.order(null)).toEqual([]);
});

function run(order: DeathOrder | null) {
  return start(order).ended;
}

function start(order: DeathOrder | null) {
  const child = spawn(process.execPath, [...HOOK_FLAGS, path], {
    env: {
      [REWRITTEN_VARIABLE]: rewritten,
      NODE_OPTIONS: '--disable-warning=ExperimentalWarning',
      ...(order === null ? {} : { [ORDER_VARIABLE]: JSON.stringify(order) }),
    },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const { stdout } = child;
  assert(stdout !== null);
  let said = '';
  stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = once(child, 'close').then(() => ({
    said: said.trim(),
    code: child.exitCode,
    signal: child.signalCode,
    pid: child.pid,
  }));
  return { child, ended, spoke: once(stdout, 'data') };
}
