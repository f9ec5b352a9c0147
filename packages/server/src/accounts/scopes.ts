/** A scope of TikTok's that Greenroom uses, and what is lost without it. */
export interface ScopeUse {
  /** TikTok's name. */
  readonly scope: string;
  /** What cannot be done while it is not granted, in a sentence. */
  readonly costs: string;
}

/**
 * The scopes that a connection asks for unless it names others, and what each missing one costs.
 *
 * @see {@link https://developers.tiktok.com/doc/tiktok-api-scopes}
 */
export const SCOPES: readonly ScopeUse[] = [
  {
    scope: 'user.info.basic',
    costs: 'The name and the picture of the account cannot be shown.',
  },
  {
    scope: 'user.info.profile',
    costs: 'The handle (@name) of the account cannot be shown.',
  },
  {
    scope: 'user.info.stats',
    costs: 'Followers, likes and the number of videos cannot be counted.',
  },
  {
    scope: 'video.list',
    costs: 'Published videos and their numbers cannot be read.',
  },
  {
    scope: 'video.upload',
    costs: "Drafts cannot be sent to the creator's inbox.",
  },
  {
    scope: 'video.publish',
    costs: 'Nothing can be posted directly, and creator info cannot be read.',
  },
];

/** The names of {@link SCOPES}. */
export function allScopes(): string[] {
  return SCOPES.map(({ scope }) => scope);
}

/** A scope of an account. */
export interface ScopeGrant extends ScopeUse {
  /** Whether the creator granted it. */
  readonly isGranted: boolean;
}

/** Tells of each scope that Greenroom uses, and of what else was granted, whether it is granted. */
export function toScopeGrants(granted: readonly string[]): ScopeGrant[] {
  const known = SCOPES.map((use) => ({ ...use, isGranted: granted.includes(use.scope) }));
  const others = granted.filter((scope) => !SCOPES.some((use) => use.scope === scope));
  const unused = others.map((scope) => ({
    scope,
    costs: 'Nothing: Greenroom does not use it.',
    isGranted: true,
  }));
  return [...known, ...unused];
}
