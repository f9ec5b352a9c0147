import type { Emulator } from '../emulator.ts';
import type { MediaProber } from '../media/media-prober.ts';
import type { Uploads } from '../upload/uploads.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import type { PostingCaps } from './caps.ts';

/** The posting side of an emulator: what its routes and events share. */
export interface Posting {
  readonly emulator: Emulator;
  readonly prober: MediaProber;
  readonly caps: PostingCaps;
  readonly uploads: Uploads;
  /** Ends the pull of a post, by publish id; here only while it is under way. */
  readonly pulls: Map<string, AbortController>;
  readonly webhooks: Webhooks;
  /** The `id` of the newest post. */
  lastPostId: number;
  /** When the newest video was made; no two have the same instant, for it is the cursor of lists. */
  lastVideoAt: number;
}
