import type { z } from 'zod';
import { findConflicts } from './conflicts.ts';
import { ConfigSchema } from './schema.ts';
import { settings } from './setting.ts';
import { findUnknownKeys } from './unknown-keys.ts';

/** How an installation is set up: the checked environment. `docs/configuration.md` describes each field's key. */
export type Config = Readonly<z.output<typeof ConfigSchema>> & {
  /** Base URL by which browsers and TikTok reach the server. */
  readonly publicUrl: string;
};

/** The environment makes no sense; `problems` says of each bad key what it should be. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** One sentence for each bad key, beginning with the key. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration makes no sense:\n${problems.map((one) => `  ${one}`).join('\n')}`);
    this.problems = problems;
  }
}

/**
 * Reads the configuration from an environment such as `process.env`. An empty value counts as none.
 *
 * @throws {ConfigError} Naming every key that is bad, unknown or contradicts another.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = withoutEmpty(env);
  const parsed = ConfigSchema.safeParse(toFields(given));
  const problems = [
    ...(parsed.error?.issues.map(toSentence) ?? []),
    ...findConflicts(given),
    ...findUnknownKeys(given),
  ];
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return withPublicUrl(parsed.data, parsed.data.publicUrl);
}

/** The same configuration, listening on another port, and reached there unless a public URL was set. */
export function withPort(config: Config, port: number): Config {
  const wasSet = config.publicUrl !== localUrl(config.host, config.port);
  return withPublicUrl({ ...config, port }, wasSet ? config.publicUrl : undefined);
}

function withPublicUrl<C extends { readonly host: string; readonly port: number }>(
  config: C,
  publicUrl: string | undefined,
): C & { readonly publicUrl: string } {
  return { ...config, publicUrl: publicUrl ?? localUrl(config.host, config.port) };
}

/** How a server that listens there is reached from this machine: who listens on all addresses listens on loopback, too. */
export function localUrl(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/** The key of each field, in the schema's order. */
function keysByField(): ReadonlyMap<string, string> {
  const entries = Object.entries(ConfigSchema.shape);
  return new Map(entries.map(([field, schema]) => [field, settings.get(schema)?.key ?? field]));
}

function toFields(env: Readonly<Record<string, string>>): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [field, key] of keysByField()) {
    const value = env[key];
    if (value !== undefined) fields[field] = value;
  }
  return fields;
}

function toSentence(issue: z.core.$ZodIssue): string {
  const field = String(issue.path[0]);
  // The value itself is not repeated: it may be a secret.
  return `${keysByField().get(field) ?? field} ${issue.message}`;
}

function withoutEmpty(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const given: Record<string, string> = {};
  for (const [key, value] of Object.entries(env)) {
    if (value !== undefined && value.trim() !== '') given[key] = value;
  }
  return given;
}
