import { given } from '../control/given.ts';
import type { Emulator } from '../emulator.ts';
import { newApp } from '../state/app.ts';
import { newCreator } from '../state/creator.ts';
import type { SeedInput } from './seed-schema.ts';
import { addDefaults } from './seeded.ts';

/**
 * Puts a seed's content into an emulator that is empty: what is there without configuration comes
 * first, and the seed changes or adds to it.
 */
export function plant(emulator: Emulator, seed: SeedInput): void {
  const { faults, ids, store } = emulator;
  addDefaults(store);
  for (const { client_key, ...fields } of seed.apps ?? []) {
    const app = store.apps.get(client_key) ?? newApp(client_key);
    store.apps.set(client_key, Object.assign(app, given(fields)));
  }
  for (const { username, ...fields } of seed.creators ?? []) {
    const creator = store.creators.get(username) ?? newCreator(username);
    store.creators.set(username, Object.assign(creator, given(fields)));
  }
  for (const rule of seed.faults ?? []) faults.add(rule);
  const { clock = {} } = seed;
  if (clock.now !== undefined || clock.frozen !== undefined) {
    const now = clock.now === undefined ? Date.now() : Date.parse(clock.now);
    emulator.clock.load({ now, frozen: clock.frozen ?? false, events: [] });
  }
  for (const video of seed.videos ?? []) {
    const id = video.id ?? ids.int64();
    store.videos.set(id, {
      id,
      username: video.username,
      publish_id: null,
      media_type: video.media_type ?? 'VIDEO',
      created_at: video.create_time === undefined ? emulator.clock.now() : video.create_time * 1000,
      title: video.title ?? '',
      video_description: video.video_description ?? video.title ?? '',
      duration: video.duration ?? 15,
      width: video.width ?? 1080,
      height: video.height ?? 1920,
      is_aigc: video.is_aigc ?? false,
      privacy_level: (video.is_public ?? true) ? 'PUBLIC_TO_EVERYONE' : 'SELF_ONLY',
      moderation: 'approved',
      is_public: video.is_public ?? true,
      like_count: video.like_count ?? 0,
      comment_count: video.comment_count ?? 0,
      share_count: video.share_count ?? 0,
      view_count: video.view_count ?? 0,
    });
  }
}
