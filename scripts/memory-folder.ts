import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, statfsSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path';

const SHARED_MEMORY = '/dev/shm';
/** Several times what a whole run holds at its peak. Docker gives 64 MB unless told otherwise. */
const ENOUGH_BYTES = 4e9;

/**
 * Has this process and what it starts keep temporary files in memory, if there is room: a test's database is copied
 * file by file, which takes a disk's file system ten times the processor time. A `TMPDIR` that is set stays.
 */
export function useMemoryFolder(): void {
  if (process.env['TMPDIR'] !== undefined || !hasRoom()) return;
  const folder = mkdtempSync(join(SHARED_MEMORY, 'greenroom-tests-'));
  // Started by root, PostgreSQL is another user and passes through.
  chmodSync(folder, 0o711);
  process.env['TMPDIR'] = folder;
  removeAtExit(folder);
}

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(SHARED_MEMORY);
    return Math.min(bavail * bsize, freemem()) > ENOUGH_BYTES;
  } catch {
    return false;
  }
}

/** By a shell that reads until this process has ended, also by `kill -9`; what else ends then may still write a moment. */
function removeAtExit(folder: string): void {
  const script = `trap '' HUP INT TERM
read -r _
for _ in 1 2 3 4 5; do rm -rf "$1" && break; sleep 1; done 2> /dev/null`;
  const child = spawn('/bin/sh', ['-c', script, 'greenroom-memory-folder', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.unref();
  // A socket, which alone must not keep this process running either.
  (child.stdin as unknown as { unref(): void }).unref();
}
