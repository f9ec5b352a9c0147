import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../packages/cli/bin/greenroom.js', import.meta.url));

/** A process of the platform. */
export interface PlatformProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly url: string;
}

/** Starts `greenroom serve`, compiled, as installations do. */
export async function startPlatform(
  env: Readonly<Record<string, string>>,
  role: 'web' | 'worker' | 'all',
): Promise<PlatformProcess> {
  const child = spawn(process.execPath, [CLI, 'serve', '--json'], {
    env: {
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      GREENROOM_RUN: 'dist',
      ...env,
      GREENROOM_ROLE: role,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const [line] = await Promise.race([once(lines, 'line'), exited]);
  if (typeof line !== 'string')
    throw new Error('a process of the platform ended before it was ready');
  // One line of JSON, our own.
  const { url } = JSON.parse(line) as { readonly url: string };
  return {
    child,
    url,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await exited;
    },
  };
}
