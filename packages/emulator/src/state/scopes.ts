/** Scopes that TikTok knows; `portability.*` names a family whose members are not listed. */
const knownScopes = [
  'user.info.basic',
  'user.info.profile',
  'user.info.stats',
  'video.list',
  'video.upload',
  'video.publish',
  'artist.certification.read',
  'artist.certification.update',
  'user.setting.list',
  'user.settings.update',
  'research.data.basic',
  'research.adlib.basic',
] as const;

/** A scope of TikTok's that an endpoint of the emulator asks for. */
export type Scope = (typeof knownScopes)[number];

/** Scopes of the seeded apps: all that the emulator's endpoints ask for. */
export const postingScopes = [
  'user.info.basic',
  'user.info.profile',
  'user.info.stats',
  'video.list',
  'video.upload',
  'video.publish',
] as const satisfies readonly Scope[];

/** Whether TikTok would know this scope. */
export function isKnownScope(scope: string): boolean {
  return knownScopes.some((known) => known === scope) || /^portability(\.[a-z]+)+$/.test(scope);
}
