import { sql } from 'kysely';
import { Gauge } from 'prom-client';
import { type Database, inInstallation, inWorkspace, type Transaction } from '../db/database.ts';
import type { Metrics } from './metrics.ts';
import { measureServiceLevels, type ServiceLevel } from './service-levels.ts';

/** The day's events are read for it, and every process may be asked every few seconds. */
const KEPT_MS = 60_000;
/** Workspaces that are measured: each costs five statements and fifteen series. */
const MOST_WORKSPACES = 100;

/** A service level of a workspace. */
interface Measured extends ServiceLevel {
  readonly workspaceId: string;
}

/**
 * Shows how well each workspace is served, as `GET /publishing` does: measured when somebody asks, at most once a
 * minute. What there is nothing to measure of has no series.
 */
export function watchServiceLevels(metrics: Metrics, database: Database): void {
  const read = keptFor(KEPT_MS, () => measureAll(database));
  const show = (name: string, help: string, figure: (level: Measured) => number | null) =>
    new Gauge({
      name,
      help,
      labelNames: ['workspace_id', 'level'],
      registers: [metrics.registry],
      async collect() {
        const measured = await read();
        this.reset();
        for (const level of measured) {
          const value = figure(level);
          if (value === null) continue;
          this.set({ workspace_id: level.workspaceId, level: level.name }, value);
        }
      },
    });
  show(
    'greenroom_service_level',
    'Service levels of the last 24 hours: shares from 0 to 1, or seconds',
    ({ value }) => value,
  );
  show(
    'greenroom_service_level_samples',
    'What the service levels were measured by',
    ({ samples }) => samples,
  );
  show(
    'greenroom_service_level_holds',
    'Whether the service levels reach their objectives: 1 or 0',
    ({ holds }) => (holds === null ? null : Number(holds)),
  );
}

async function measureAll(database: Database): Promise<readonly Measured[]> {
  const ids = await inInstallation(database, listWorkspaceIds);
  const measured: Measured[] = [];
  for (const workspaceId of ids) {
    const levels = await inWorkspace(database, workspaceId, measureServiceLevels);
    measured.push(...levels.map((level) => ({ ...level, workspaceId })));
  }
  return measured;
}

async function listWorkspaceIds(tx: Transaction): Promise<readonly string[]> {
  const { rows } = await sql<{ readonly id: string }>`
    select workspace_id as id from list_workspaces(${MOST_WORKSPACES})`.execute(tx);
  return rows.map(({ id }) => id);
}

/** Reads once for all who ask within that time; while the database is away there is nothing. */
function keptFor<Row>(
  keptMs: number,
  read: () => Promise<readonly Row[]>,
): () => Promise<readonly Row[]> {
  let kept: Promise<readonly Row[]> | undefined;
  let until = 0;
  return () => {
    if (kept === undefined || performance.now() >= until) {
      until = performance.now() + keptMs;
      kept = read().catch(() => {
        kept = undefined;
        return [];
      });
    }
    return kept;
  };
}
