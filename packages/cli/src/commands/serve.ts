import { setFlagsFromString } from 'node:v8';
import type { Log, RunningServer } from '@greenroom/server';
import { type Command, Option } from 'commander';
import type { CliContext } from '../context.ts';

interface ServeOptions {
  readonly role?: string;
  readonly port?: string;
  readonly host?: string;
  readonly publicUrl?: string;
}

/** `greenroom serve`: runs a server until it is told to stop. */
export function registerServe(program: Command, context: CliContext): void {
  program
    .command('serve')
    .description('run the server: API, pages and sweeps')
    .addOption(
      new Option('--role <role>', 'what it does (or GREENROOM_ROLE)').choices([
        'all',
        'web',
        'worker',
      ]),
    )
    .option('--port <number>', 'TCP port; 0 takes a free one (or GREENROOM_PORT)')
    .option('--host <address>', 'address to listen on (or GREENROOM_HOST)')
    .option('--public-url <url>', 'base URL that browsers reach (or GREENROOM_PUBLIC_URL)')
    .addHelpText(
      'after',
      '\nEverything else is set by environment variables: docs/configuration.md. With --json one line of JSON tells when it is ready. SIGTERM or Ctrl+C stops it in order; a second one at once.',
    )
    .action((options: ServeOptions) => serve(options, context));
}

async function serve(options: ServeOptions, context: CliContext): Promise<void> {
  // Before anything is loaded, which takes most of the start.
  const signal = context.stopSignal();
  keepYoungHeapSmall();
  const { env, output } = context;
  const { createServerLog, readConfig, startServer } = await import('@greenroom/server');
  const config = readConfig({ ...env, ...toEnv(options) });
  const log = createServerLog(config);
  endOnBugs(log);
  const starting = startServer(config, { log, signal, onStep: (words) => output.talk(words) });
  const server = await unlessStopped(starting, signal);
  if (server === undefined) return;
  output.print(toReady(server), () => greet(server));
  await aborted(signal);
  await server.close();
}

/**
 * Keeps the part of V8's heap where objects begin at the size that it has when a process starts. On a machine with much
 * memory it would grow to 128 MB while large files pass (`npm run bench:large`).
 */
function keepYoungHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** What nobody caught is a bug, after which nothing can be relied on: it is written down, and the process ends. */
function endOnBugs(log: Log): void {
  process.on('uncaughtException', (error, origin) => {
    log.fatal({ err: error, origin }, 'a bug ends this process');
    process.exit(1);
  });
}

// Options are another way to say what the environment says, so that one place checks both.
function toEnv({ host, port, publicUrl, role }: ServeOptions): Record<string, string> {
  return {
    ...(role === undefined ? {} : { GREENROOM_ROLE: role }),
    ...(port === undefined ? {} : { GREENROOM_PORT: port }),
    ...(host === undefined ? {} : { GREENROOM_HOST: host }),
    ...(publicUrl === undefined ? {} : { GREENROOM_PUBLIC_URL: publicUrl }),
  };
}

/** What was started; `undefined` when the start was ended by the signal. */
async function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });
}

function toReady({ config, publicUrl, setupUrl, url }: RunningServer): Record<string, unknown> {
  return {
    url,
    public_url: publicUrl,
    role: config.role,
    data_folder: config.databaseUrl === undefined ? config.dataFolder : null,
    setup_url: setupUrl ?? null,
    pid: process.pid,
  };
}

function greet({ config, publicUrl, setupUrl, url }: RunningServer): string {
  if (config.role === 'worker') return `The worker runs (${url}/readyz). Ctrl+C stops it.`;
  const data =
    config.databaseUrl === undefined
      ? `Everything it keeps is in ${config.dataFolder}.`
      : 'Everything it keeps is in the database of DATABASE_URL.';
  const next =
    setupUrl === undefined
      ? `Sign in at ${publicUrl}, or connect an account: greenroom connect`
      : `First make the owner's account. This link works once:\n\n  ${setupUrl}\n\nThen connect an account in the browser, or here: greenroom connect`;
  return `Greenroom runs at ${publicUrl}${url === publicUrl ? '' : ` (listening on ${url})`}. Ctrl+C stops it.\n${data}\n\n${next}`;
}
