import type { Client } from '@greenroom/contract';
import type { CliContext } from '../context.ts';
import { askConsent } from './ask-consent.ts';

/** Asks for consent to a post that lacks it; what was agreed to and stands as it was needs none. */
export async function agreeAgain(
  context: CliContext,
  api: Client,
  id: string,
  agree: boolean,
): Promise<{ readonly consent?: { readonly declaration: string } }> {
  const post = await api.getPost({ id });
  if (post.consent !== null || post.post_mode === 'MEDIA_UPLOAD') return {};
  const { media, media_type, brand_content_toggle, account_id } = post;
  const { required_declaration: declaration } = await api.validatePost(
    {
      account_id,
      media_type,
      brand_content_toggle,
      media: media.flatMap(({ media_id }) => (media_id === null ? [] : [{ media_id }])),
    },
    { timeoutMs: 60_000 },
  );
  if (declaration === null) return {};
  await askConsent(context, [declaration], { agree, question: 'Agree, and send it again?' });
  return { consent: { declaration } };
}
