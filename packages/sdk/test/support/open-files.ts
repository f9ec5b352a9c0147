import { readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** How many descriptors this process has open on a file. */
export function openFiles(path: string): number {
  const target = join(realpathSync(dirname(path)), basename(path));
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(target);
    } catch {
      // The descriptor of the directory listing itself is gone by now.
      return false;
    }
  }).length;
}
