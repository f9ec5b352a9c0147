import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { activityActions } from '../../src/activity/actions.ts';
import { type ActivityFilters, listActivity } from '../../src/activity/list.ts';
import { type ActivityEntry, recordActivity } from '../../src/activity/record.ts';
import { type Database, inInstallation, inWorkspace, openDatabase } from '../../src/db/database.ts';
import type { Position } from '../../src/db/position.ts';
import { connect } from '../support/connect.ts';
import { createTestDatabase } from '../support/test-database.ts';

const entry: ActivityEntry = {
  actor: { kind: 'person', id: 'ada' },
  action: 'account.connected',
  accountId: '8f14e45f-ceea-467f-a0e6-0f0d5a1f3f10',
  subjectId: 'a connection',
  reason: 'connected in the browser',
  details: { scopes: ['video.publish'], is_first: true },
};

function record(database: Database, workspaceId: string, ...entries: ActivityEntry[]) {
  return inWorkspace(database, workspaceId, async (tx) => {
    for (const each of entries) await recordActivity(tx, each);
  });
}

function list(database: Database, workspaceId: string, filters: ActivityFilters = {}, limit = 100) {
  return inWorkspace(database, workspaceId, (tx) => listActivity(tx, filters, { limit }));
}

test('an entry comes back as it was written', async () => {
  await using own = await createTestDatabase();
  await using database = await openDatabase({ url: own.url });
  const workspace = crypto.randomUUID();
  await record(database, workspace, entry);
  expect(await list(database, workspace)).toEqual([
    {
      at: expect.any(Date),
      id: expect.any(Number),
      actor_kind: 'person',
      actor_id: 'ada',
      action: 'account.connected',
      account_id: entry.accountId,
      subject_id: 'a connection',
      reason: 'connected in the browser',
      details: { scopes: ['video.publish'], is_first: true },
    },
  ]);
});

test('an entry is stored with what it tells of, or neither is', async () => {
  await using own = await createTestDatabase();
  await using database = await openDatabase({ url: own.url });
  const workspace = crypto.randomUUID();
  const failing = inWorkspace(database, workspace, async (tx) => {
    await recordActivity(tx, entry);
    throw new Error('what it tells of failed');
  });
  await expect(failing).rejects.toThrow();
  expect(await list(database, workspace)).toEqual([]);
});

test('an entry belongs to the workspace of its transaction, or to the installation', async () => {
  await using own = await createTestDatabase();
  await using database = await openDatabase({ url: own.url });
  const [one, two] = [crypto.randomUUID(), crypto.randomUUID()];
  await record(database, one, entry);
  await inInstallation(database, (tx) => recordActivity(tx, { ...entry, reason: 'installation' }));
  expect(await list(database, one)).toHaveLength(1);
  expect(await list(database, two)).toEqual([]);
  const { rows } = await database.pool.query('select workspace_id, reason from activity');
  expect(rows).toEqual([{ workspace_id: null, reason: 'installation' }]);
});

test('every action has a sentence', () => {
  for (const [action, words] of Object.entries(activityActions)) {
    expect(action).toMatch(/^[a-z_]+\.[a-z_]+$/);
    expect(words).toMatch(/^[A-Z].+\.$/);
  }
});

test('every action is written by some part', () => {
  const source = fileURLToPath(new URL('../../src', import.meta.url));
  const files = globSync('**/*.ts', { cwd: source }).filter((file) => !file.endsWith('actions.ts'));
  const text = files.map((file) => readFileSync(join(source, file), 'utf8')).join('\n');
  const unused = Object.keys(activityActions).filter((action) => !text.includes(`'${action}'`));
  expect(unused).toEqual([]);
});

describe('filters', () => {
  const other: ActivityEntry = {
    actor: { kind: 'system', id: 'sweep' },
    action: 'token.handed_out',
    accountId: 'c9f0f895-fb98-4b91-99f8-b4c3e6a0a1b2',
    reason: 'refresh',
  };

  test.each([
    { filters: {}, reasons: ['refresh', 'connected in the browser'] },
    { filters: { accountId: entry.accountId }, reasons: ['connected in the browser'] },
    { filters: { action: 'token.handed_out' }, reasons: ['refresh'] },
    { filters: { action: 'account.connected' }, reasons: ['connected in the browser'] },
    { filters: { actorKind: 'system' as const }, reasons: ['refresh'] },
    { filters: { actorId: 'ada' }, reasons: ['connected in the browser'] },
    { filters: { actorId: 'ada', action: 'token.handed_out' }, reasons: [] },
    {
      filters: { since: new Date('2000-01-01') },
      reasons: ['refresh', 'connected in the browser'],
    },
    { filters: { since: new Date('2999-01-01') }, reasons: [] },
    { filters: { until: new Date('2000-01-01') }, reasons: [] },
    {
      filters: { until: new Date('2999-01-01') },
      reasons: ['refresh', 'connected in the browser'],
    },
  ])('$filters', async ({ filters, reasons }) => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    const workspace = crypto.randomUUID();
    await record(database, workspace, entry, other);
    const rows = await list(database, workspace, filters);
    expect(rows.map(({ reason }) => reason)).toEqual(reasons);
  });

  test('since is inclusive, until exclusive, to the millisecond', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    const workspace = crypto.randomUUID();
    await record(database, workspace, entry);
    const [row] = await list(database, workspace);
    expect(await list(database, workspace, { since: row?.at })).toHaveLength(1);
    expect(await list(database, workspace, { until: row?.at })).toEqual([]);
  });
});

test('pages show every entry once, newest first, whatever their size and instants', async () => {
  await using own = await createTestDatabase();
  await using database = await openDatabase({ url: own.url });
  await using owner = await connect(own.url);
  const ofOneMonth = fc
    .integer({ min: 0, max: 3 })
    .map((ms) => Date.UTC(2026, 10, 30, 23, 59, 59, 998 + ms));
  await fc.assert(
    fc.asyncProperty(
      fc.array(ofOneMonth, { maxLength: 12 }),
      fc.integer({ min: 1, max: 5 }),
      async (instants, size) => {
        const workspace = crypto.randomUUID();
        for (const at of instants) {
          await owner.client.query(
            "insert into activity (at, workspace_id, actor_kind, actor_id, action, reason) values ($1, $2, 'system', 'x', 'x', 'x')",
            [new Date(at), workspace],
          );
        }
        const seen = await readPages(database, workspace, size);
        expect(seen.map(({ at }) => at.getTime())).toEqual(instants.toSorted((a, b) => b - a));
        expect(new Set(seen.map(({ id }) => id)).size).toBe(instants.length);
      },
    ),
    { numRuns: 25 },
  );
});

async function readPages(database: Database, workspace: string, limit: number) {
  const seen: Position<number>[] = [];
  while (true) {
    const rows = await inWorkspace(database, workspace, (tx) =>
      listActivity(tx, {}, { after: seen.at(-1), limit }),
    );
    seen.push(...rows);
    if (rows.length < limit) return seen;
  }
}
