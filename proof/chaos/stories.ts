import { createHash } from 'node:crypto';
import { padVideo } from '@greenroom/examples/large-video';
import { makePost } from '../support/make-post.ts';
import { makePhotos, makeVideo } from '../support/media-files.ts';
import type { SiteAccount } from '../support/site.ts';
import { uploadMedia } from '../support/upload-media.ts';
import type { Installation } from './installation.ts';
import type { Plan, PlannedPost } from './plan.ts';

/** A post of a plan as it was made, and what tells it from all others at TikTok. */
export interface MadePost {
  readonly id: string;
  readonly planned: PlannedPost;
  readonly account: SiteAccount;
  /** Of a video: no two are alike. Photos are told by their title. */
  readonly sha256: string | undefined;
  readonly title: string;
}

const SMALL_BYTES = 100_000;
/** The smallest that TikTok wants in several chunks. */
const LARGE_BYTES = 64_000_001;

/** Brings the files of a plan to Greenroom and makes its posts. */
export async function makePosts(
  installation: Installation,
  plan: Plan,
  serial: () => number,
): Promise<MadePost[]> {
  const accounts: SiteAccount[] = [];
  for (let made = 0; made < plan.accounts; made += 1) accounts.push(await installation.connect());
  const prepared = [];
  for (const planned of plan.posts) {
    prepared.push({ planned, number: serial(), ...(await bring(installation, planned, serial())) });
  }
  const posts: MadePost[] = [];
  for (const { mediaIds, number, planned, sha256 } of prepared) {
    const account = accounts[planned.account];
    if (account === undefined) throw new RangeError('The plan has no such account');
    const title = `chaos ${plan.seed} ${number}`;
    const [clock] = await installation.query<{ now: Date }>('select app_now() as now');
    const now = clock?.now.getTime() ?? Date.now();
    const id = await makePost(installation, {
      account,
      mediaType: planned.kind.startsWith('photo') ? 'PHOTO' : 'VIDEO',
      mode: planned.kind.endsWith('draft') ? 'MEDIA_UPLOAD' : 'DIRECT_POST',
      media: mediaIds.map((media_id) => ({ media_id })),
      title,
      publishAt: new Date(now + LEAD_MS + planned.dueMs),
    });
    posts.push({ id, planned, account, sha256, title });
  }
  return posts;
}

/** What making a post takes at most, on a busy machine. */
const LEAD_MS = 1_500;

async function bring(
  installation: Installation,
  { kind }: PlannedPost,
  number: number,
): Promise<{ readonly mediaIds: readonly string[]; readonly sha256: string | undefined }> {
  if (kind.startsWith('photo')) {
    const mediaIds: string[] = [];
    for (const bytes of await makePhotos()) {
      mediaIds.push((await uploadMedia(installation, 'photo.jpg', bytes)).id);
    }
    return { mediaIds, sha256: undefined };
  }
  const size = (kind === 'large video' ? LARGE_BYTES : SMALL_BYTES) + number;
  const bytes = padVideo(await makeVideo(), size);
  const { id } = await uploadMedia(installation, 'video.mp4', bytes);
  return { mediaIds: [id], sha256: createHash('sha256').update(bytes).digest('hex') };
}
