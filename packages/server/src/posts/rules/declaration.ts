import type { PostMode } from '@greenroom/contract';

/** What the declaration depends on. */
export interface DeclaredChoices {
  readonly post_mode: PostMode;
  readonly brand_content_toggle: boolean | null;
}

/**
 * The literal text that must stand before the button that posts; `null` for drafts, which the creator posts in the
 * TikTok app. Points 21, 38 and 39 of TikTok's audit checklist; the names in it are links.
 *
 * @see {@link https://developers.tiktok.com/doc/content-sharing-guidelines}
 */
export function requiredDeclaration(post: DeclaredChoices): string | null {
  if (post.post_mode === 'MEDIA_UPLOAD') return null;
  return post.brand_content_toggle === true ? BRANDED : PLAIN;
}

// Letter for letter as TikTok quotes them: the apostrophe is straight, and only the second ends in a full stop.
const PLAIN = "By posting, you agree to TikTok's Music Usage Confirmation";
const BRANDED =
  "By posting, you agree to TikTok's Branded Content Policy and Music Usage Confirmation.";
