import type { Json } from '../json.ts';
import { isComplete } from '../upload/uploads.ts';
import { failPost, isFinal } from './lifecycle.ts';
import type { Posting } from './posting.ts';

/**
 * Ends an upload that was not completed within its hour. TikTok does not say what becomes of such a
 * post; it can never be posted, so it fails for a reason that asks for a new init.
 */
export function endUpload(posting: Posting, publishId: Json): void {
  if (typeof publishId !== 'string') return;
  const upload = posting.uploads.findByPublishId(publishId);
  const post = posting.emulator.store.posts.get(publishId);
  if (upload === undefined || post === undefined || isComplete(upload) || isFinal(post)) return;
  failPost(posting, post, 'internal');
}
