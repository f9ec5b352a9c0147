import type { Lock, Locker } from '@tus/server';
import type { UploadLock, UploadLocks } from './upload-locks.ts';

/** The locker of one request: it holds at most one upload. */
export interface TusLocker extends Locker {
  /** What the request holds. @throws {Error} If it holds nothing. */
  readonly held: () => UploadLock;
  /** Ends the request's bytes early, as if another request wanted the upload. */
  readonly stop: () => void;
}

/** Gives tus our locks, for one request in a workspace. */
export function tusLocker(locks: UploadLocks, workspaceId: string): TusLocker {
  let held: UploadLock | undefined;
  let stop: () => void = () => undefined;
  const newLock = (mediaId: string): Lock => ({
    async lock(signal, requestRelease) {
      stop = () => void requestRelease();
      held = await locks.acquire({ workspaceId, mediaId }, signal, stop);
    },
    async unlock() {
      const { release } = getHeld();
      held = undefined;
      await release();
    },
  });
  const getHeld = () => {
    if (held === undefined) throw new Error('An upload is written without its lock');
    return held;
  };
  return { newLock, held: getHeld, stop: () => stop() };
}
