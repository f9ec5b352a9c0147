import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../../src/db/engine/engine.ts';
import { startThrowAwayEngine } from '../../src/db/engine/throw-away-engine.ts';

/** A throw-away PostgreSQL: fast, unsafe against power cuts, gone with this process. */
export interface TestEngine extends AsyncDisposable {
  /** Its own database, as an ordinary user that may make databases and roles: what a hosted database gives. */
  readonly ownerUrl: string;
  stop(): Promise<void>;
}

/** Starts PostgreSQL 18, or 15 when `GREENROOM_TEST_POSTGRES` says so. */
export async function startTestEngine(): Promise<TestEngine> {
  const major = process.env['GREENROOM_TEST_POSTGRES'] === '15' ? 15 : 18;
  const engine = await startThrowAwayEngine({ major, maxConnections: 300 });
  await admitOtherUsers(engine);
  const stop = () => engine.stop();
  return { ownerUrl: engine.url, stop, [Symbol.asyncDispose]: stop };
}

/** The embedded engine lets its one user in and nobody else; tests make users with other privileges. */
async function admitOtherUsers(engine: Engine): Promise<void> {
  const socketFolder = decodeURIComponent(new URL(engine.url).hostname);
  const access = join(socketFolder, '../cluster/pg_hba.conf');
  await appendFile(access, '\nlocal all all scram-sha-256\n');
  process.kill(engine.pid, 'SIGHUP');
}
