import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { readConfig } from '../../packages/server/src/config/config.ts';
import { inWorkspace } from '../../packages/server/src/db/database.ts';
import { createLog } from '../../packages/server/src/logging/log.ts';
import { createMetrics } from '../../packages/server/src/metrics/metrics.ts';
import { Closers } from '../../packages/server/src/runtime/closers.ts';
import { openInstallationDatabase } from '../../packages/server/src/runtime/open-database.ts';
import { openServices } from '../../packages/server/src/runtime/open-services.ts';
import type { Evidence } from './evidence.ts';
import { Search } from './search.ts';

/** What {@link keepInspection} looks at. */
export interface InspectionOptions {
  readonly env: Record<string, string>;
  readonly workspaceId: string;
  /** A connected account, whose token is handed out before. */
  readonly accountId: string;
  /** Stands in the object graph, to be found. */
  readonly planted: string;
}

/**
 * Makes in this process what a server is made of, uses it, and keeps everything that printing its objects shows:
 * services, clients, errors; to any depth and behind getters, by `util.inspect` and as JSON.
 */
export async function keepInspection(
  { accountId, env, planted, workspaceId }: InspectionOptions,
  evidence: Evidence,
): Promise<void> {
  const closers = new Closers();
  try {
    const config = readConfig(env);
    const lines: string[] = [];
    const log = createLog({ level: 'trace', destination: { write: (line) => lines.push(line) } });
    const opened = await openInstallationDatabase({
      config,
      log,
      closers,
      signal: undefined,
      patienceMs: undefined,
      onStep: () => undefined,
    });
    const services = await openServices({ config, log, metrics: createMetrics(), opened, closers });
    const actor = { kind: 'system', id: 'proof' } as const;
    const use = { workspaceId, accountId, actor, reason: 'proof' };
    const client = services.broker.clientFor(use);
    await client.queryCreatorInfo();
    const failure: unknown = await inWorkspace(services.database, workspaceId, (tx) =>
      services.vault.open(
        tx,
        { workspaceId, table: 'none', column: 'none_sealed', rowId: accountId },
        Buffer.alloc(64, 1),
      ),
    ).catch((error: unknown) => error);
    const unknown: unknown = await services.broker
      .clientFor({ ...use, accountId: workspaceId })
      .queryCreatorInfo()
      .catch((error: unknown) => error);
    const settings = readConfig(toOuterEnvironment(env, evidence));
    const graph = { services, client, settings, failure, unknown, planted: { deep: [planted] } };
    log.info({ config, settings, failure, unknown, services: Object.keys(services) }, 'everything');
    log.error({ err: failure, config }, `${config.masterKey} ${config.tiktokClientSecret}`);
    evidence.add('inspect', 'util.inspect of the object graph', print(graph));
    evidence.add(
      'inspect',
      'JSON of the parts',
      printJson(Object.entries({ ...services, client, settings })),
    );
    evidence.add('logs', 'the log in this process', lines.join(''));
  } finally {
    await closers.close();
  }
}

/** What stands in the environment of an installation on a database of its own, with traces and metrics. */
function toOuterEnvironment(
  env: Readonly<Record<string, string>>,
  evidence: Evidence,
): Record<string, string> {
  const make = (kind: string) => {
    const secret = randomBytes(24).toString('base64url');
    evidence.addSecret(kind, secret);
    return secret;
  };
  return {
    ...env,
    DATABASE_URL: `postgres://greenroom:${make('database password')}@127.0.0.1:5432/greenroom`,
    GREENROOM_METRICS_TOKEN: make('metrics token'),
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
    OTEL_EXPORTER_OTLP_HEADERS: `x-api-key=${make('collector key')}`,
  };
}

/** Whether the same printing would show a secret that lies open in the graph. */
export function wouldShow(secret: string): boolean {
  const holder = { a: new Map([['b', new Set([{ c: [secret] }])]]) };
  const search = new Search([{ name: 'shown', bytes: Buffer.from(secret) }]);
  const bytes = Buffer.from(print(holder));
  return search.find({ place: 'inspect', source: 'check', bytes }).length > 0;
}

function print(value: unknown): string {
  return inspect(value, {
    depth: Number.POSITIVE_INFINITY,
    getters: true,
    maxArrayLength: null,
    maxStringLength: null,
    breakLength: Number.POSITIVE_INFINITY,
  });
}

/** The parts that can be written as JSON; others refuse by themselves, because they are cyclic. */
function printJson(parts: readonly (readonly [string, unknown])[]): string {
  return parts
    .map(([name, part]) => {
      const seen = new WeakSet<object>();
      return `${name}: ${JSON.stringify(part, (_key, value: unknown) => {
        if (typeof value === 'bigint') return String(value);
        if (typeof value !== 'object' || value === null) return value;
        if (seen.has(value)) return '[again]';
        seen.add(value);
        return value;
      })}`;
    })
    .join('\n');
}
