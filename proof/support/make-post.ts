import { requiredDeclaration } from '../../packages/server/src/posts/rules/declaration.ts';
import type { Site, SiteAccount } from './site.ts';

/** What a post is made of. */
export interface PostOrder {
  readonly account: SiteAccount;
  readonly mediaType: 'VIDEO' | 'PHOTO';
  readonly mode: 'DIRECT_POST' | 'MEDIA_UPLOAD';
  /** Ids of ours, or addresses of somebody else's. */
  readonly media: readonly ({ readonly media_id: string } | { readonly url: string })[];
  readonly title: string;
  /** Undefined: at once. */
  readonly publishAt?: Date;
}

/** Makes a post as a person would who has chosen everything and consents. Returns its id. */
export async function makePost({ api }: Pick<Site, 'api'>, order: PostOrder): Promise<string> {
  const { account, mediaType, mode, media, title, publishAt } = order;
  const choices = mode === 'MEDIA_UPLOAD' ? {} : CHOICES;
  const post = await api.createPost({
    account_id: account.accountId,
    media_type: mediaType,
    post_mode: mode,
    media: [...media],
    title,
    ...choices,
    schedule: {
      publish_at: publishAt?.toISOString() ?? null,
      allow_duplicate: true,
      // TikTok is asked before sending all the same: that request is part of the proof.
      check_creator: false,
      ...consentTo(mode),
    },
  });
  if (!/^(scheduled|queued|publishing)$/.test(post.state)) {
    throw new Error(`The post is ${post.state}: ${post.reason?.words}`);
  }
  return post.id;
}

/** What a person agrees to when such a post is scheduled, or sent again; drafts need nothing. */
export function consentTo(mode: PostOrder['mode']): {
  readonly consent?: { readonly declaration: string };
} {
  const declaration = requiredDeclaration({ post_mode: mode, brand_content_toggle: false });
  return declaration === null ? {} : { consent: { declaration } };
}

const CHOICES = {
  privacy_level: 'SELF_ONLY',
  disable_comment: false,
  disable_duet: true,
  disable_stitch: true,
  brand_organic_toggle: false,
  brand_content_toggle: false,
} as const;
