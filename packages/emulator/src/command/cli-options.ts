import { parseArgs } from 'node:util';
import type { Dialect } from '../state/settings.ts';

/** What the command line asks for. */
export interface CliOptions {
  readonly port: number;
  readonly host: string;
  readonly dialect: Dialect | undefined;
  readonly seed: string | undefined;
  readonly snapshot: string | undefined;
  readonly publicUrl: string | undefined;
  readonly tls: boolean;
  readonly json: boolean;
  readonly help: boolean;
  readonly version: boolean;
}

/** The command line makes no sense. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What `--help` prints. */
export const usage = `Usage: greenroom-emulator [options]

Starts a TikTok on this machine: OAuth, posting, display and webhooks.

  --port N           TCP port; 0 takes a free one (default: 4010)
  --host ADDRESS     address to listen on (default: 127.0.0.1)
  --dialect NAME     strict (the documents, default), observed or lenient
  --seed FILE        apps, creators, videos, settings and faults to start with, in YAML
  --snapshot FILE    goes on from this file if it exists, and saves the state to it at the end
  --public-url URL   base URL that clients reach it by, if that is another, as in a container
  --tls              speaks TLS; the throw-away authority's certificate is printed as a path
  --json             prints one line of JSON with its addresses when ready
  --version          prints the version
  --help             prints this

SIGTERM or SIGINT (Ctrl+C) ends it. Exit codes: 0 ended, 1 failed, 2 misused.`;

/**
 * Reads the command line.
 *
 * @throws {UsageError} If it makes no sense.
 */
export function readCliOptions(args: readonly string[]): CliOptions {
  const values = parse(args);
  return {
    port: toPort(values.port ?? '4010'),
    host: values.host ?? '127.0.0.1',
    dialect: toDialect(values.dialect),
    seed: values.seed,
    snapshot: values.snapshot,
    publicUrl: toUrl(values['public-url']),
    tls: values.tls ?? false,
    json: values.json ?? false,
    help: values.help ?? false,
    version: values.version ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string', short: 'p' },
        host: { type: 'string' },
        dialect: { type: 'string' },
        seed: { type: 'string' },
        snapshot: { type: 'string' },
        'public-url': { type: 'string' },
        tls: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function toPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new UsageError(`--port takes a number from 0 to 65535, not ${text}`);
}

function toDialect(text: string | undefined): Dialect | undefined {
  if (text === undefined || text === 'strict' || text === 'observed' || text === 'lenient') {
    return text;
  }
  throw new UsageError(`--dialect takes strict, observed or lenient, not ${text}`);
}

function toUrl(text: string | undefined): string | undefined {
  if (text === undefined || /^https?:\/\/[^/?#]+\/?$/.test(text)) return text;
  throw new UsageError(`--public-url takes an address such as http://tiktok:4010, not ${text}`);
}
