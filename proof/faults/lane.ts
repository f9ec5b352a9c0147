import { setTimeout as sleep } from 'node:timers/promises';
import type { PostOrder } from '../support/make-post.ts';
import { makePhotos, makeVideo } from '../support/media-files.ts';
import { Site, type SiteAccount } from '../support/site.ts';
import { type SlowHost, startSlowHost } from '../support/slow-host.ts';
import { type UploadedMedia, uploadMedia } from '../support/upload-media.ts';
import type { Way } from './ways.ts';

/** One installation in which one fault after another happens. */
export class Lane implements AsyncDisposable {
  readonly site: Site;
  readonly #video: UploadedMedia;
  readonly #photos: readonly UploadedMedia[];
  readonly #host: SlowHost;
  readonly #stack: AsyncDisposableStack;
  #posts = 0;

  private constructor(parts: {
    readonly site: Site;
    readonly video: UploadedMedia;
    readonly photos: readonly UploadedMedia[];
    readonly host: SlowHost;
    readonly stack: AsyncDisposableStack;
  }) {
    this.site = parts.site;
    this.#video = parts.video;
    this.#photos = parts.photos;
    this.#host = parts.host;
    this.#stack = parts.stack;
  }

  /** Starts TikTok and a server of one process on the embedded engine. */
  static async open(transfer: Way['transfer']): Promise<Lane> {
    await using stack = new AsyncDisposableStack();
    const site = stack.use(await Site.start({ env: { GREENROOM_VIDEO_TRANSFER: transfer } }));
    await site.tiktok.control.patchSettings({ processing_seconds: 0.3, moderation_seconds: 0.2 });
    const file = await makeVideo();
    const host = stack.use(await startSlowHost(file));
    const video = await uploadMedia(site, 'video.mp4', file);
    const photos: UploadedMedia[] = [];
    for (const bytes of await makePhotos()) photos.push(await uploadMedia(site, 'photo', bytes));
    return new Lane({ site, video, photos, host, stack: stack.move() });
  }

  /** What a post of a way is made of. */
  order(way: Way, account: SiteAccount): PostOrder {
    this.#posts += 1;
    const { mediaType, mode, name } = way;
    const own = mediaType === 'PHOTO' ? this.#photos : [this.#video];
    const media =
      name === 'foreign url' ? [{ url: this.#host.url }] : own.map(({ id }) => ({ media_id: id }));
    return { account, mediaType, mode, media, title: `fault ${this.#posts}` };
  }

  /** Whether TikTok received what was sent. */
  isWhole({ mediaType }: Way, sha256: string | readonly string[] | null): boolean {
    const sent = mediaType === 'PHOTO' ? this.#photos : [this.#video];
    return [sha256].flat().join() === sent.map((one) => one.sha256).join();
  }

  /** Holds TikTok's fetch of somebody else's media until {@link Lane.letThrough}. */
  hold(): void {
    this.#host.hold();
  }

  letThrough(): void {
    this.#host.letThrough();
  }

  /** Ends a fault that was met; one that was not is still to come. */
  async heal(faultId: number): Promise<void> {
    const { faults } = await this.site.tiktok.control.listFaults();
    const isMet = faults.some(({ applied, id }) => id === faultId && applied > 0);
    if (isMet) await this.site.tiktok.control.deleteFault(faultId);
  }

  /** Lets TikTok finish what it has begun, ends all faults, and lets windows and breakers pass. */
  async settle({ accountId }: SiteAccount): Promise<void> {
    const { control } = this.site.tiktok;
    this.letThrough();
    const { faults } = await control.listFaults();
    for (const { id } of faults) await control.deleteFault(id);
    await control.waitIdle();
    // Nobody else's tokens are renewed while a later fault waits for one that is.
    await this.site.api.disconnectAccount({ id: accountId });
    await this.site.moveClocks(25 * 3600);
    await control.waitIdle();
  }

  /**
   * Looks at the creator's account, as Greenroom asks a person to, and says what is there.
   *
   * @param isLate - Whether TikTok may still be about to act.
   */
  async answerAsPerson(postId: string, account: SiteAccount, isLate: boolean): Promise<void> {
    const { api, tiktok } = this.site;
    const { attempts } = await api.getPost({ id: postId });
    await tiktok.control.waitIdle();
    // TikTok may tell by itself meanwhile; a person is slower.
    await sleep(isLate ? 5000 : 1500);
    await tiktok.control.waitIdle();
    const { posts } = await this.ledger();
    const isThere = posts.some(
      ({ status, username }) =>
        username === account.username && /^(PUBLISH_COMPLETE|SEND_TO_USER_INBOX)$/.test(status),
    );
    const outcome = isThere ? ('posted' as const) : ('send_again' as const);
    // Refused when TikTok was faster.
    await api.resolvePost({ id: postId, outcome, attempts }).catch(() => undefined);
  }

  /** What TikTok itself says. */
  async ledger() {
    const { control } = this.site.tiktok;
    const [{ requests }, { posts }] = await Promise.all([
      control.listRequests(),
      control.listPosts(),
    ]);
    return { requests, posts, lastRequest: requests.at(-1)?.id ?? 0 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]();
  }
}
