import type { Lock, Locker } from '@tus/server';
import type { UploadLock, UploadLocks } from './upload-locks.ts';

/** The locker of one request: it holds at most one upload. */
export interface TusLocker extends Locker {
  /** What the request holds. @throws {Error} If it holds nothing. */
  readonly held: () => UploadLock;
}

/**
 * Gives tus our locks, for one request in a workspace.
 *
 * @param onWanted - Called when another request wants the upload.
 */
export function tusLocker(
  locks: UploadLocks,
  workspaceId: string,
  onWanted: () => void,
): TusLocker {
  let held: UploadLock | undefined;
  const getHeld = () => {
    if (held === undefined) throw new Error('An upload is written without its lock');
    return held;
  };
  const newLock = (mediaId: string): Lock => ({
    async lock(signal) {
      held = await locks.acquire({ workspaceId, mediaId }, signal, onWanted);
    },
    async unlock() {
      const { release } = getHeld();
      held = undefined;
      await release();
    },
  });
  return { newLock, held: getHeld };
}
