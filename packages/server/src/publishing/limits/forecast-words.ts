import { describeReason } from '../../posts/reasons.ts';
import type { ForecastReason } from './forecast-state.ts';

/** Says why a post does not go out sooner. Until when is told beside it. */
export function toWords({ code, isLearned }: ForecastReason): string {
  if (isLearned === true) return LEARNED[code] ?? describeReason(code).words;
  return WORDS[code] ?? describeReason(code).words;
}

const WORDS: Readonly<Record<string, string>> = {
  rate_limit:
    'TikTok takes six inits of a kind a minute from an account, and posts before this one need them.',
  account_busy: 'An account publishes one post at a time, and others go before this one.',
  cap_posts:
    'TikTok takes about 15 posts in 24 hours from a creator, and others come before this one.',
  cap_pending_shares:
    'An inbox takes five drafts in 24 hours that are neither posted nor discarded; sooner if the creator deals with some.',
  cap_users: 'TikTok lets the app post for only so many users in 24 hours, and others come before.',
  circuit_open: 'TikTok does not answer at the moment; Greenroom looks whether it is back.',
  reconnect_needed: 'The account is not connected: connect it again.',
  publishing: 'It is being sent.',
  processing: 'It was sent: TikTok processes it.',
  in_inbox: 'It was sent: it is in the creator’s inbox.',
  published: 'It is published already.',
  unknown: 'It may have been sent: a person has to say so first.',
  failed: 'It failed: retry it first.',
  canceled: 'It was canceled.',
};

const LEARNED: Readonly<Record<string, string>> = {
  cap_posts:
    'TikTok has refused a post of this creator, who may have fewer posts a day, or posts by other apps, too.',
  cap_pending_shares: 'TikTok has refused a draft: the creator’s inbox is full.',
  cap_users: 'TikTok has refused another user of this app for the day.',
};
