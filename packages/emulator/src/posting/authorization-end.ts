import type { AuthorizationRemoved } from '../emulator.ts';
import { failPost, isFinal } from './lifecycle.ts';
import type { Posting } from './posting.ts';

/** An app lost a creator: what was under way fails, and the app is told. */
export function endAuthorization(posting: Posting, removed: AuthorizationRemoved): void {
  const { client_key, username, open_id, reason } = removed;
  for (const post of posting.emulator.store.posts.values()) {
    const isTheirs = post.client_key === client_key && post.username === username;
    if (isTheirs && !isFinal(post)) failPost(posting, post, 'auth_removed');
  }
  posting.webhooks.emit({
    event: 'authorization.removed',
    client_key,
    open_id,
    content: { reason },
  });
}
