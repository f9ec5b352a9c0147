import { expect, test } from 'vitest';
import { describeReason, reasons } from '../../src/posts/reasons.ts';
import { contentHash } from '../../src/posts/rules/content-hash.ts';
import type { MediaToCheck, PostContent } from '../../src/posts/rules/post-content.ts';
import { ruleProblems } from '../../src/posts/rules/problems.ts';

const own = Object.entries({ ...reasons, ...ruleProblems });

test('a code means one thing', () => {
  expect(Object.keys(reasons).filter((code) => Object.hasOwn(ruleProblems, code))).toEqual([]);
});

test.each(own)('%s is told in whole sentences, whatever facts are missing', (code) => {
  const { words, remedy } = describeReason(code);
  for (const text of [words, ...(remedy === null ? [] : [remedy])]) {
    expect(text).toMatch(/^[A-Z“].*[.)]$|\(unknown\)$/su);
    expect(text).not.toMatch(/[{}]/);
  }
});

test('facts stand where the words name them; a list as a list', () => {
  const facts = { privacy_level: 'SELF_ONLY', options: ['A', 'B'] };
  expect(describeReason('privacy_level_not_allowed', facts)).toEqual({
    code: 'privacy_level_not_allowed',
    words: 'The creator’s options do not have SELF_ONLY at the moment.',
    remedy: 'Choose one of: A, B.',
    whoseMove: 'person',
    logId: null,
  });
});

test('an account’s reason is told in the account’s words', () => {
  const { words } = describeReason('reconnect_needed', { account_reason: 'removed_by_creator' });
  expect(words).toBe('The account is not connected: The creator removed the app in TikTok.');
});

test('TikTok’s codes are explained, with log_id and the earliest moment', () => {
  const details = { log_id: '2026112116', earliest_at: '2026-11-22T09:30:12.000Z' };
  expect(describeReason('spam_risk_too_many_posts', details)).toEqual({
    code: 'spam_risk_too_many_posts',
    words:
      'The creator has reached the cap of posts through apps, about 15 in 24 hours. Not before 2026-11-22 09:30 UTC.',
    remedy: 'Post tomorrow.',
    whoseMove: 'creator',
    logId: '2026112116',
  });
});

test('the same code may mean another thing as the reason of a failed post', () => {
  const asFailReason = describeReason('internal', { fail_reason: true });
  expect(asFailReason).toMatchObject({
    words: 'TikTok failed, and posted nothing.',
    remedy: 'Post again.',
  });
  expect(describeReason('internal').words).not.toBe(asFailReason.words);
});

test.each(['brand_new_code', 'constructor', '__proto__'])(
  'a code that nobody knows is shown as it is: %s',
  (code) => {
    expect(describeReason(code)).toMatchObject({
      code,
      words: expect.stringContaining(`“${code}”`),
    });
  },
);

const POST: PostContent = {
  media_type: 'VIDEO',
  post_mode: 'DIRECT_POST',
  media: [{ media_id: 'm' }],
  title: 'a',
  description: '',
  privacy_level: null,
  disable_comment: null,
  disable_duet: null,
  disable_stitch: null,
  commercial_disclosure: null,
  brand_organic_toggle: null,
  brand_content_toggle: null,
  is_aigc: false,
  auto_add_music: false,
  video_cover_timestamp_ms: null,
  photo_cover_index: 0,
};

function file(id: string, sha256: string): MediaToCheck {
  return { id, sha256, state: 'ready', media_type: 'VIDEO', size: 1, duration_ms: 1 };
}

test.each<{ name: string; change: Partial<PostContent>; isSame: boolean }>([
  { name: 'a choice', change: { privacy_level: 'SELF_ONLY' }, isSame: true },
  { name: 'the title', change: { title: 'b' }, isSame: false },
  {
    name: 'a text that moved to the other field',
    change: { title: '', description: 'a' },
    isSame: false,
  },
  {
    name: 'the same bytes under another id',
    change: { media: [{ media_id: 'twin' }] },
    isSame: true,
  },
  { name: 'other bytes', change: { media: [{ media_id: 'other' }] }, isSame: false },
  { name: 'an address', change: { media: [{ url: 'https://example.com/m' }] }, isSame: false },
  {
    name: 'media named twice',
    change: { media: [{ media_id: 'm' }, { media_id: 'm' }] },
    isSame: false,
  },
])('content with $name changed is the same: $isSame', ({ change, isSame }) => {
  const media = [file('m', 'aa'), file('twin', 'aa'), file('other', 'bb')];
  const before = contentHash(POST, media);
  expect(contentHash({ ...POST, ...change }, media).equals(before)).toBe(isSame);
});
