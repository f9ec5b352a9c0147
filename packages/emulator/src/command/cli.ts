import type { Writable } from 'node:stream';
import { EmulatorControlError } from '../control/client.ts';
import { SeedError } from '../seed/read-seed.ts';
import type { RunningEmulator } from '../start-emulator.ts';
import { EmulatorStartError, startEmulator } from '../start-emulator.ts';
import type { CliOptions } from './cli-options.ts';
import { readCliOptions, UsageError, usage } from './cli-options.ts';
import { restoreFrom, saveTo } from './snapshot-file.ts';
import { readVersion } from './version.ts';

/** Where the command talks. */
export interface CliStreams {
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/**
 * Runs `greenroom-emulator` until it is to end.
 *
 * @param args - The command line without the program.
 * @param ended - Resolves when it is to end, be it while it starts.
 * @returns The exit code: 0 ended, 1 failed, 2 misused.
 */
export async function runCli(
  args: readonly string[],
  streams: CliStreams,
  ended: Promise<void>,
): Promise<number> {
  const { stderr, stdout } = streams;
  try {
    const options = readCliOptions(args);
    if (options.help) return print(stdout, usage);
    if (options.version) return print(stdout, readVersion());
    await serve(options, streams, ended);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      stderr.write(`greenroom-emulator: ${error.message}\n\n${usage}\n`);
      return 2;
    }
    stderr.write(`greenroom-emulator: ${explain(error)}\n`);
    return error instanceof SeedError ? 2 : 1;
  }
}

async function serve(
  options: CliOptions,
  { stderr, stdout }: CliStreams,
  ended: Promise<void>,
): Promise<void> {
  await using emulator = await startEmulator({
    port: options.port,
    host: options.host,
    tls: options.tls,
    onError: (error) => stderr.write(`greenroom-emulator: ${explain(error)}\n`),
    ...(options.dialect === undefined ? {} : { dialect: options.dialect }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(options.publicUrl === undefined ? {} : { publicUrl: options.publicUrl }),
  });
  if (options.snapshot !== undefined) await restoreFrom(options.snapshot, emulator.control);
  // The command line wins over what the snapshot kept.
  if (options.dialect !== undefined)
    await emulator.control.patchSettings({ dialect: options.dialect });
  print(stdout, options.json ? JSON.stringify(toReadyLine(emulator, options)) : greet(emulator));
  await ended;
  if (options.snapshot !== undefined) await saveTo(options.snapshot, emulator.control);
}

function toReadyLine(
  { caCertificatePath, port, url }: RunningEmulator,
  options: CliOptions,
): Record<string, unknown> {
  const publicUrl = options.publicUrl?.replace(/\/+$/, '');
  return {
    url,
    port,
    ...(publicUrl === undefined ? {} : { public_url: publicUrl }),
    authorize_url: `${publicUrl ?? url}/v2/auth/authorize/`,
    control_url: `${url}/_emulator`,
    openapi_url: `${url}/_emulator/openapi.json`,
    inspector_url: `${url}/`,
    ...(caCertificatePath === undefined ? {} : { ca_certificate: caCertificatePath }),
    pid: process.pid,
    version: readVersion(),
  };
}

function greet({ caCertificatePath, url }: RunningEmulator): string {
  const ca = caCertificatePath === undefined ? '' : `, trust ${caCertificatePath}`;
  return `TikTok runs on ${url} (inspector ${url}/, control API ${url}/_emulator/openapi.json${ca}); Ctrl+C ends it.`;
}

function print(stdout: Writable, text: string): number {
  stdout.write(`${text}\n`);
  return 0;
}

function explain(error: unknown): string {
  const isOurs =
    error instanceof EmulatorStartError ||
    error instanceof SeedError ||
    error instanceof EmulatorControlError;
  if (isOurs) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
