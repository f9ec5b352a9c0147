/** What a person gives away with a scope. */
interface ScopeWords {
  readonly title: string;
  readonly meaning: string;
}

/**
 * What each scope lets an app do, in words for the person who grants it.
 *
 * @see {@link https://developers.tiktok.com/doc/tiktok-api-scopes}
 */
const WORDS: Readonly<Record<string, ScopeWords>> = {
  'user.info.basic': { title: 'Basic profile', meaning: 'Your display name and picture.' },
  'user.info.profile': {
    title: 'More of the profile',
    meaning: 'Your handle, biography, profile link and whether you are verified.',
  },
  'user.info.stats': {
    title: 'Profile numbers',
    meaning: 'How many followers, likes and videos you have, and whom you follow.',
  },
  'video.list': { title: 'Your public videos', meaning: 'Their titles, covers and numbers.' },
  'video.upload': {
    title: 'Send drafts to your inbox',
    meaning: 'Content arrives as a notification; you finish and post it yourself.',
  },
  'video.publish': {
    title: 'Post to your profile',
    meaning: 'Videos and photos go out without another look of yours.',
  },
};

/** Words for a scope; one that nobody here knows is called by its own name. */
export function scopeWords(scope: string): ScopeWords {
  return (
    (Object.hasOwn(WORDS, scope) ? WORDS[scope] : undefined) ?? {
      title: scope,
      meaning: 'The emulator does not know what this one is for.',
    }
  );
}
