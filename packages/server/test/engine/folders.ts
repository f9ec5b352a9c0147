import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { findBinaries, prepareBinaries } from '../../src/db/engine/binaries.ts';
import { layoutOf } from '../../src/db/engine/layout.ts';
import { stopPostmaster } from '../../src/db/engine/postmaster.ts';
import { readPostmasterFile } from '../../src/db/engine/postmaster-file.ts';
import type { Runner } from '../../src/db/engine/programs.ts';
import { findServerUser } from '../../src/db/engine/server-user.ts';

/** A data folder that goes at the end, with the server that may still run in it. */
export async function temporaryFolder(
  place = tmpdir(),
): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(place, 'greenroom-test-'));
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await stopLeftOver(path);
      await rm(path, { recursive: true, force: true });
    },
  };
}

/** Stops the server that runs in a data folder, if one does. */
export async function stopLeftOver(dataFolder: string): Promise<void> {
  const layout = layoutOf(join(dataFolder, 'postgres'));
  const file = await readPostmasterFile(layout);
  if (file !== undefined) await stopPostmaster(await testRunner(), layout, file.pid);
}

/** How an engine of this process runs PostgreSQL's programs. */
export async function testRunner(): Promise<Runner> {
  const user = await findServerUser();
  return { user, binaries: await prepareBinaries(findBinaries(), user) };
}

/** Digest of every file in a folder, to see that nothing was touched. */
export async function digestOf(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  for (const path of files.map((file) => join(file.parentPath, file.name)).toSorted()) {
    hash.update(path).update(await readFile(path));
  }
  return hash.digest('hex');
}

/** Waits until a process ended. One that nobody reaps, as in many containers, has ended too. */
export async function expectEnd(pid: number): Promise<void> {
  await expect.poll(() => isAlive(pid), { timeout: 60_000 }).toBe(false);
}

/** Whether a process runs. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return !/\) Z /.test(text);
}
