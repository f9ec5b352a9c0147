import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { enableTestMode, moveClock } from '../../src/db/clock.ts';
import { type Database, inInstallation, openDatabase } from '../../src/db/database.ts';
import {
  deleteIdleWindows,
  fillWindow,
  moveSlot,
  peekSlot,
  takeSlot,
} from '../../src/publishing/limits/slot-queries.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';
import type { HammerOrder } from './hammering-process.ts';

const PROCESS = fileURLToPath(new URL('./hammering-process.ts', import.meta.url));

let own: TestDatabase;
let database: Database;
beforeAll(async () => {
  own = await createTestDatabase();
  await enableTestMode(own.url);
  database = await openDatabase({ url: own.url, maxConnections: 4 });
});
afterAll(async () => {
  await database.close();
  await own.close();
});

function windowOf(subject: string, lengthMs = 61_000) {
  return { subject: Buffer.from(subject), endpoint: 'video/init', most: 6, lengthMs };
}

const peek = (window: ReturnType<typeof windowOf>) =>
  inInstallation(database, (tx) => peekSlot(tx, window));

test('three processes that hammer one row stay within the window together, and use all of it', async () => {
  const order: HammerOrder = {
    url: own.url,
    subject: 'hammered',
    most: 5,
    lengthMs: 250,
    callers: 3,
    forMs: 1_500,
  };
  const runs = Array.from({ length: 3 }, () =>
    promisify(execFile)(process.execPath, [
      '--conditions=@greenroom/source',
      '--disable-warning=ExperimentalWarning',
      PROCESS,
      JSON.stringify(order),
    ]),
  );
  const byProcess = (await Promise.all(runs)).map(({ stdout }) =>
    stdout.split('\n').slice(1, -1).map(Number),
  );
  const moments = byProcess.flat().sort((one, other) => one - other);
  for (const [index, moment] of moments.entries()) {
    const fifthBefore = moments[index - order.most] ?? Number.NEGATIVE_INFINITY;
    expect(moment - fifthBefore).toBeGreaterThanOrEqual(order.lengthMs);
  }
  // All windows but the last are full.
  const spanMs = (moments.at(-1) ?? 0) - (moments[0] ?? 0);
  expect(moments.length).toBeGreaterThanOrEqual(Math.floor(spanMs / (order.lengthMs * 1.2)) * 5);
  expect(byProcess.filter((taken) => taken.length > 0).length).toBeGreaterThan(1);
});

test('the seventh slot is free 61 s after the first, and a peek takes none', async () => {
  const window = windowOf('seventh');
  const slots: Date[] = [];
  for (let taken = 0; taken < 6; taken += 1) {
    expect((await peek(window)).getTime()).toBeLessThanOrEqual(database.clock.now().getTime() + 50);
    const answer = await takeSlot(database, window);
    if (answer.takenAt !== null) slots.push(answer.takenAt);
  }
  expect(slots).toHaveLength(6);
  const refused = await takeSlot(database, window);
  const free = new Date((slots[0]?.getTime() ?? 0) + 61_000);
  expect(refused).toMatchObject({ takenAt: null, freeAt: free });
  expect(await peek(window)).toEqual(free);
  await moveClock(database, 61);
  expect(await takeSlot(database, window)).toHaveProperty('takenAt', expect.any(Date));
});

test('the slot of a slow call counts from when it moved last', async () => {
  const window = windowOf('slow');
  const first = await takeSlot(database, window);
  for (let taken = 1; taken < 6; taken += 1) await takeSlot(database, window);
  await moveClock(database, 20);
  const moved = await moveSlot(database, window, first.takenAt ?? new Date(0));
  await moveClock(database, 42);
  // Five have left the window, the slow one has not.
  for (let taken = 0; taken < 5; taken += 1) {
    expect(await takeSlot(database, window)).toHaveProperty('takenAt', expect.any(Date));
  }
  const freeAt = new Date(moved.getTime() + 61_000);
  expect(await takeSlot(database, window)).toMatchObject({ takenAt: null, freeAt });
});

test('a clock that is set back frees a slot after one window, not after a year', async () => {
  const window = windowOf('set back');
  await moveClock(database, 365 * 86_400);
  for (let taken = 0; taken < 6; taken += 1) await takeSlot(database, window);
  await moveClock(database, -365 * 86_400);
  const refused = await takeSlot(database, window);
  expect(refused.takenAt).toBeNull();
  await moveClock(database, 61);
  expect(await takeSlot(database, window)).toHaveProperty('takenAt', expect.any(Date));
});

test('a window that TikTok says is full has no slot until the moment it named', async () => {
  const window = windowOf('full');
  const free = await inInstallation(database, (tx) => fillWindow(tx, window, 30_000));
  expect(await takeSlot(database, window)).toMatchObject({ takenAt: null, freeAt: free });
  expect(await peek(window)).toEqual(free);
  await moveClock(database, 30);
  expect(await takeSlot(database, window)).toHaveProperty('takenAt', expect.any(Date));
});

test('windows that hold nothing are deleted, and taken anew afterwards', async () => {
  const [idle, busy] = [windowOf('idle'), windowOf('busy')];
  await takeSlot(database, idle);
  await moveClock(database, 3_600);
  await takeSlot(database, busy);
  expect(await deleteIdleWindows(database, 1_000)).toBeGreaterThan(0);
  const { rows } = await database.pool.query<{ subject: Buffer }>(
    'select subject from rate_windows',
  );
  const left = rows.map(({ subject }) => subject.toString());
  expect(left).toContain('busy');
  expect(left).not.toContain('idle');
  expect(await takeSlot(database, idle)).toHaveProperty('takenAt', expect.any(Date));
});
