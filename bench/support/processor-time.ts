import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';

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
