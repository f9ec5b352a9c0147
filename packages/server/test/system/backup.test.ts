import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { backup } from '../../src/backup/backup.ts';
import { startThrowAwayEngine } from '../../src/db/engine/throw-away-engine.ts';
import { migrate } from '../../src/db/migrate.ts';
import { askAsOwner } from '../support/ask-as-owner.ts';

// Only root may mount a disk of its own. CI runs as root in a container.

test('a backup for which the disk has no room leaves no file, and says so', async () => {
  await using engine = await startThrowAwayEngine();
  await migrate(engine.url);
  await askAsOwner(
    engine.url,
    `insert into activity (actor_kind, actor_id, action, reason)
     select 'system', 'test', 'account.updated', md5(random()::text) from generate_series(1, 30000)`,
  );
  await using disk = await smallDisk('512k');
  const file = join(disk.path, 'greenroom.backup');
  await expect(backup({ url: engine.url, file })).rejects.toMatchObject({
    code: 'disk_full',
    message: expect.stringContaining('another disk'),
  });
  expect(await readdir(disk.path)).toEqual([]);
  await disk.resize('32m');
  expect(await backup({ url: engine.url, file })).toMatchObject({ file });
});

async function smallDisk(size: string) {
  const path = await mkdtemp(join(tmpdir(), 'greenroom-backup-'));
  await run('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'greenroom-test', path);
  return {
    path,
    resize: (newSize: string) => run('mount', '-o', `remount,size=${newSize}`, path),
    [Symbol.asyncDispose]: async () => {
      await run('umount', path);
      await rm(path, { recursive: true });
    },
  };
}

async function run(command: string, ...args: string[]): Promise<void> {
  await promisify(execFile)(command, args);
}
