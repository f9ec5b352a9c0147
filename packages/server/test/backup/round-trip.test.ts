import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { backup } from '../../src/backup/backup.ts';
import { LEFT_OUT } from '../../src/backup/catalogue.ts';
import type { BackupProgress } from '../../src/backup/read-database.ts';
import { restore } from '../../src/backup/restore.ts';
import { MIGRATION_LOCK } from '../../src/db/migrate.ts';
import { migrations } from '../../src/db/migrations/migrations.ts';
import { connect } from '../support/connect.ts';
import {
  type Engines,
  fillDatabase,
  readAll,
  readForeignKeys,
  readSequences,
  run,
  startEngines,
} from './engines.ts';

// Databases are made, killed and recovered here: a machine that does other things too takes its time.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

// They hold numbers of transactions, which begin anew: `restored-events.test.ts` looks at them.
const BY_TRANSACTION = ['event_followers', 'event_horizons', 'events', 'webhook_endpoints'];

let engines: Engines;
let folder: string;
let file: string;

beforeAll(async () => {
  engines = await startEngines();
});
afterAll(() => engines[Symbol.asyncDispose]());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-backup-'));
  file = join(folder, 'greenroom.backup');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test.each([
  { from: 18, to: 18 },
  { from: 15, to: 15 },
  { from: 15, to: 18 },
] as const)(
  'brings every row of every table from PostgreSQL $from to $to',
  async ({ from, to }) => {
    const source = await engines.database(from);
    await fillDatabase(source.url);
    await run(source.url, 'update connections set used_at = now()');
    await run(source.url, 'update account_tokens set is_unclear = true');
    await run(
      source.url,
      `update attempts set state = 'ended', outcome = 'accepted', ended_at = now()`,
    );
    const before = await readAll(source.url);
    const written = await backup({ url: source.url, file });
    expect(await readAll(source.url)).toEqual(before);

    const target = await engines.database(to);
    const report = await restore({ url: target.url, file });
    const after = await readAll(target.url);
    for (const [name, rows] of before) {
      expect(rows.length, `${name} was filled`).toBeGreaterThan(0);
      if (name === 'schema_migrations') continue;
      const isLeftOut = `public.${name}` in LEFT_OUT || name in LEFT_OUT;
      // The audit log tells of the restore itself.
      if (BY_TRANSACTION.includes(name)) {
        expect(after.get(name), name).toHaveLength(rows.length);
        continue;
      }
      const restored = after.get(name)?.filter((row) => !row.includes('backup.restored'));
      expect(restored, name).toEqual(isLeftOut ? [] : rows);
    }
    expect(after.get('activity')).toHaveLength((before.get('activity')?.length ?? 0) + 1);
    expect([...after.keys()]).toEqual([...before.keys()]);
    expect(await readForeignKeys(target.url)).toEqual(await readForeignKeys(source.url));
    expect(report).toMatchObject({
      tables: written.tables,
      rows: written.rows,
      schemaVersion: migrations.length,
      masterKeyIds: written.masterKeyIds,
    });
    expect(report.madeAt).toBeInstanceOf(Date);
  },
);

test('leaves a restored database to go on with new rows', async () => {
  const source = await engines.database(18);
  await fillDatabase(source.url);
  await run(source.url, `select nextval('token_generations') from generate_series(1, 40)`);
  const sequences = await readSequences(source.url);
  await backup({ url: source.url, file });
  const target = await engines.database(18);
  await restore({ url: target.url, file });
  const { rows } = await run(target.url, `select nextval('token_generations')::int as next`);
  expect(rows).toEqual([{ next: 43 }]);
  const identity = (all: unknown[]) =>
    JSON.stringify(all).match(/activity_id_seq","last_value":"(\d+)/)?.[1];
  // One more than it was: the audit log tells of the restore.
  expect(Number(identity(await readSequences(target.url)))).toBe(Number(identity(sequences)) + 1);
  await run(target.url, `select prepare_activity_months()`);
});

test('hands over no lease, no token as sure to be the last, and no connection that somebody had begun', async () => {
  const source = await engines.database(18);
  await fillDatabase(source.url);
  await run(source.url, `update account_tokens set lease_owner = 7, lease_taken_at = now()`);
  await run(
    source.url,
    `update connections set used_at = now() where workspace_id::text like '1%'`,
  );
  await backup({ url: source.url, file });
  const target = await engines.database(18);
  await restore({ url: target.url, file });
  const tokens = await run(
    target.url,
    'select lease_owner, lease_taken_at, is_unclear from account_tokens',
  );
  // They may have been refreshed since: a refusal does not mean that the creator removed the app.
  const free = { lease_owner: null, lease_taken_at: null, is_unclear: true };
  expect(tokens.rows).toEqual(Array(2).fill(free));
  const begun = await run(target.url, 'select count(*)::int from connections');
  expect(begun.rows).toEqual([{ count: 1 }]);
});

test('puts each row of the audit log into the partition of its month', async () => {
  const source = await engines.database(18);
  await fillDatabase(source.url);
  await run(
    source.url,
    `insert into activity (at, actor_kind, actor_id, action, reason)
     values ('2024-02-03', 'system', 'test', 'account.connected', 'long ago')`,
  );
  await run(source.url, 'select prepare_activity_months()');
  await backup({ url: source.url, file });
  const target = await engines.database(18);
  await restore({ url: target.url, file });
  const { rows } = await run(target.url, `select reason from activity_2024_02`);
  expect(rows).toEqual([{ reason: 'long ago' }]);
});

test('reads one snapshot, while servers go on writing', async () => {
  const source = await engines.database(18);
  await fillDatabase(source.url);
  const before = await readAll(source.url);
  let writes: Promise<unknown> | undefined;
  await backup({
    url: source.url,
    file,
    onProgress: () => {
      writes ??= run(source.url, `insert into workspaces (name) values ('too late')`);
    },
  });
  await writes;
  expect(await readAll(source.url)).not.toEqual(before);
  const target = await engines.database(18);
  await restore({ url: target.url, file });
  expect((await readAll(target.url)).get('workspaces')).toEqual(before.get('workspaces'));
});

test('waits for a migration, and then reads all that it made', async () => {
  const source = await engines.database(18);
  await fillDatabase(source.url);
  await using migration = await connect(source.url);
  await migration.client.query(
    `select pg_advisory_lock(${MIGRATION_LOCK}); begin; alter table members add column hat text default 'top'`,
  );
  const written = backup({ url: source.url, file });
  await expect
    .poll(() => run(source.url, 'select from pg_locks where not granted'), { timeout: 30_000 })
    .toMatchObject({ rowCount: 1 });
  await migration.client.query(`commit; select pg_advisory_unlock(${MIGRATION_LOCK})`);
  await written;
  const text = gunzipSync(await readFile(file)).toString();
  const { tables } = JSON.parse(text.slice(0, text.indexOf('\n')));
  const members = tables.find(({ name }: { name: string }) => name === 'public.members');
  expect(members.columns).toContain('hat');
  expect(text).toContain('\ttop\n');
});

test('writes one file of mode 0600, with its sum, and leaves no other', async () => {
  const source = await engines.database(18);
  await fillDatabase(source.url);
  const steps: BackupProgress[] = [];
  const written = await backup({ url: source.url, file, onProgress: (step) => steps.push(step) });
  expect(await readdir(folder)).toEqual(['greenroom.backup']);
  const { mode, size } = await stat(file);
  expect(mode & 0o777).toBe(0o600);
  const sha256 = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  expect(written).toMatchObject({ file, bytes: size, sha256 });
  expect(steps.at(-1)).toMatchObject({ number: expect.any(Number), rows: written.rows });
  const text = gunzipSync(await readFile(file)).toString();
  expect(JSON.parse(text.slice(0, text.indexOf('\n')))).toMatchObject({
    format: 'greenroom-backup',
    schema: migrations.map(({ number }) => ({ number })),
  });
});

test('restores a backup of an older schema, and brings it up to date', async () => {
  const older = migrations.slice(0, 7);
  const source = await engines.database(18);
  await fillDatabase(source.url, older);
  await backup({ url: source.url, file, migrations: older });
  const target = await engines.database(18);
  const report = await restore({ url: target.url, file });
  expect(report.schemaVersion).toBe(migrations.length);
  const after = await readAll(target.url);
  expect(after.get('accounts')).toEqual((await readAll(source.url)).get('accounts'));
  expect(after.get('webhook_events')).toEqual([]);
});

/** Bytes of buffers, less than half of what the rows of this test are. */
const MOST_HELD = 30_000_000;

test('backs up and restores a database that has more rows than memory would like', async () => {
  const source = await engines.database(18);
  await fillDatabase(source.url);
  await run(
    source.url,
    `insert into activity (actor_kind, actor_id, action, reason, details)
     select 'system', 'test', 'token.handed_out', repeat(md5(n::text), 100), jsonb_build_object('n', n)
     from generate_series(1, 20000) n`,
  );
  const target = await engines.database(18);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', '--conditions=@greenroom/source', `${import.meta.dirname}/held-memory.ts`],
    { env: { ...process.env, SOURCE_URL: source.url, TARGET_URL: target.url, FILE: file } },
  );
  // The rows are 64 MB of text.
  expect(Number(stdout)).toBeGreaterThanOrEqual(0);
  expect(Number(stdout)).toBeLessThan(MOST_HELD);
  const { rows } = await run(
    target.url,
    `select count(*)::int from activity where action = 'token.handed_out'`,
  );
  expect(rows).toEqual([{ count: 20_000 }]);
});
