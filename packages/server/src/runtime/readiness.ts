import type { Vault } from '../accounts/vault/vault.ts';
import { type Database, inInstallation } from '../db/database.ts';
import { requireCurrentSchema } from '../db/schema-version.ts';
import type { SweepState } from './sweeper.ts';

/** One thing that must hold before this process should get work. */
export interface ReadinessCheck {
  /** `database`, `schema`, `vault` or `sweeps`. */
  readonly check: string;
  readonly ok: boolean;
  /** What is wrong and what follows of it, when it is not ok. */
  readonly words?: string;
}

/** Whether this process can do its work now. */
export interface Readiness {
  readonly ok: boolean;
  readonly checks: readonly ReadinessCheck[];
}

/** What is looked at. */
export interface ReadinessOptions {
  readonly database: Database;
  readonly vault: Vault;
  /** How the sweeps of this process fare; none in role `web`. */
  readonly sweeps: () => readonly SweepState[];
  /** How long a check may take; default 2 s. */
  readonly timeoutMs?: number;
}

// Whoever asks more often gets the last answer: probes must not load what they probe.
const FRESH_MS = 1000;

/** Makes the function behind `/readyz`: it looks at the real things, at most once a second. */
export function createReadiness(options: ReadinessOptions): () => Promise<Readiness> {
  let asked: { readonly at: number; readonly answer: Promise<Readiness> } | undefined;
  return () => {
    const now = performance.now();
    if (asked === undefined || now - asked.at > FRESH_MS)
      asked = { at: now, answer: look(options) };
    return asked.answer;
  };
}

async function look(options: ReadinessOptions): Promise<Readiness> {
  const { database, vault, timeoutMs = 2000 } = options;
  const asked = await Promise.all([
    check('database', timeoutMs, async () => void (await database.pool.query('select 1'))),
    check('schema', timeoutMs, () => requireCurrentSchema(database.pool)),
    check('vault', timeoutMs, () => inInstallation(database, (tx) => vault.check(tx))),
  ]);
  const checks = [...asked, checkSweeps(options.sweeps())];
  return { ok: checks.every(({ ok }) => ok), checks };
}

async function check(
  name: string,
  timeoutMs: number,
  look: () => Promise<void>,
): Promise<ReadinessCheck> {
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => timeout.reject(new Error(`There was no answer within ${timeoutMs} ms.`)),
    timeoutMs,
  );
  try {
    await Promise.race([look(), timeout.promise]);
    return { check: name, ok: true };
  } catch (error) {
    return {
      check: name,
      ok: false,
      words: error instanceof Error ? error.message : String(error),
    };
  } finally {
    clearTimeout(timer);
  }
}

function checkSweeps(states: readonly SweepState[]): ReadinessCheck {
  const stuck = states.filter(({ isStuck }) => isStuck);
  if (stuck.length === 0) return { check: 'sweeps', ok: true };
  return { check: 'sweeps', ok: false, words: stuck.map(toWords).join(' ') };
}

function toWords({ lastError, name, silentMs }: SweepState): string {
  const minutes = Math.round(silentMs / 60_000);
  const why = lastError === undefined ? '' : ` (${lastError})`;
  return `The sweep ${name} has not come through for ${minutes} minutes${why}.`;
}
