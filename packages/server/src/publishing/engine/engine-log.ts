import type { DLogger } from '@dbos-inc/dbos-sdk/internal/telemetry/logs';
import type { Log } from '../../logging/log.ts';

/** Lets DBOS write into our log: what it tells of its daily work is for who looks for trouble. */
export function toEngineLog(log: Log): DLogger {
  return {
    debug: (entry) => log.trace({ part: 'dbos' }, String(entry)),
    info: (entry) => log.debug({ part: 'dbos' }, String(entry)),
    warn: (entry) => log.warn({ part: 'dbos' }, String(entry)),
    error: (entry, facts) => log.error({ part: 'dbos', err: facts?.error }, String(entry)),
  };
}
