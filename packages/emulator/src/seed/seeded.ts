import { newApp } from '../state/app.ts';
import { newCreator } from '../state/creator.ts';
import type { Store } from '../state/store.ts';

/** Puts in what is there without configuration: two apps and three creators. */
export function addDefaults(store: Store): void {
  for (const app of [newApp('audited', { audited: true }), newApp('unaudited')]) {
    store.apps.set(app.client_key, app);
  }
  const creators = [
    newCreator('public_creator'),
    newCreator('private_creator', {
      private_account: true,
      duet_disabled: true,
      stitch_disabled: true,
    }),
    newCreator('limited_creator', {
      comment_disabled: true,
      duet_disabled: true,
      stitch_disabled: true,
      max_video_post_duration_sec: 60,
    }),
  ];
  for (const creator of creators) store.creators.set(creator.username, creator);
}
