import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
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

/** Seconds of processor time that processes have used so far, with those of children that have ended (Linux only). */
export async function processorSeconds(pids: readonly number[]): Promise<number> {
  const used = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      // After the name, which may hold anything: utime, stime, cutime, cstime are fields 14 to 17.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS;
    }),
  );
  return used.reduce((sum, seconds) => sum + seconds, 0);
}

/** A process and its children. */
export function listFamily(pid: number): number[] {
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)])
    .toString()
    .trim();
  return [pid, ...children.split(/\s+/).filter(Boolean).map(Number)];
}

const TICKS = 100;
