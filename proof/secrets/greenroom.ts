import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { spawnServer } from '../../packages/server/test/support/spawn-server.ts';
import { SERVER_LOG } from './capture.ts';
import type { Evidence } from './evidence.ts';

/** The program as it is installed. */
export const PROGRAM = fileURLToPath(
  new URL('../../packages/cli/bin/greenroom.js', import.meta.url),
);

/** A server in a process of its own, all of whose output becomes evidence when it ends. */
export interface Serving {
  readonly url: string;
  /** The one-time link for the first owner, if there was none yet. */
  readonly setupUrl: string | null;
  /** Stops it in order and keeps what it wrote. */
  stop(): Promise<void>;
  /** Ends it if it still runs; after a failure the end of its log is shown. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts `greenroom serve`. */
export async function serve(env: Record<string, string>, evidence: Evidence): Promise<Serving> {
  const server = spawnServer(env);
  let isStopped = false;
  const stop = async () => {
    const { stdout, stderr } = await server.stop();
    isStopped = true;
    evidence.add('logs', 'stdout of greenroom serve', stdout);
    evidence.add('logs', SERVER_LOG, stderr);
  };
  const dispose = async () => {
    if (isStopped) return;
    const lines = server.stderr().trimEnd().split('\n');
    process.stderr.write(`The last lines of the server:\n${lines.slice(-30).join('\n')}\n`);
    await server.stop();
  };
  const { setup_url, url } = await server.ready;
  return { url, setupUrl: setup_url, stop, [Symbol.asyncDispose]: dispose };
}

/** Starts a server that must refuse to start, and keeps what it says. */
export async function refuseToServe(
  env: Record<string, string>,
  evidence: Evidence,
): Promise<void> {
  const { code, stderr, stdout } = await spawnServer(env).ended;
  evidence.add('logs', 'stdout of a refused start', stdout);
  evidence.add('logs', 'stderr of a refused start', stderr);
  if (code !== 1 && code !== 2) throw new Error(`A bad master key ended the start with ${code}`);
}

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of `greenroom` to its end and keeps what it wrote. */
export async function greenroom(
  args: readonly string[],
  env: Record<string, string>,
  evidence: Evidence,
): Promise<Ended> {
  const whole = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...env };
  const ended = await new Promise<Ended>((resolve) => {
    const child = execFile(
      process.execPath,
      [PROGRAM, ...args],
      { env: whole, maxBuffer: 1 << 26 },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? 1, stdout, stderr }),
    );
  });
  const name = `greenroom ${args.filter((one) => !one.includes('/')).join(' ')}`;
  evidence.add('logs', `stdout of ${name}`, ended.stdout);
  evidence.add('logs', `stderr of ${name}`, ended.stderr);
  return ended;
}

/** The same, where a failure ends the proof. */
export async function greenroomDone(
  args: readonly string[],
  env: Record<string, string>,
  evidence: Evidence,
): Promise<Ended> {
  const ended = await greenroom(args, env, evidence);
  if (ended.code === 0) return ended;
  throw new Error(`greenroom ${args.join(' ')} ended with ${ended.code}: ${ended.stderr}`);
}
