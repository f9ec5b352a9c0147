import type { Find } from './search.ts';

/** The only places where a secret may be: those who need it get it there, once. */
export interface Allowance {
  readonly place: string;
  readonly source: RegExp;
  readonly canary: RegExp;
  /** Why it belongs there. */
  readonly why: string;
  /** Whether one answer may show it and no other. */
  readonly isOnce?: true;
}

/** Every allowance. One that nothing needs any more is an error, too. */
export const allowances: readonly Allowance[] = [
  {
    place: 'data folder',
    source: /^master\.key$/u,
    canary: /^master key/u,
    why: 'the file of the master key, 0600',
  },
  {
    place: 'data folder',
    source: /^owner\.key$/u,
    canary: /^owner key/u,
    why: "the file of the local owner's API key, 0600",
  },
  {
    place: 'data folder',
    source: /^postgres\/owner-password$/u,
    canary: /^database password/u,
    why: "the file of the embedded database's password, 0600",
  },
  {
    place: 'logs',
    source: /^stdout of greenroom serve$/u,
    canary: /^setup token/u,
    why: 'the one-time link of the first start, on stdout and not in the log',
    isOnce: true,
  },
  {
    place: 'answers',
    source: /^POST \/api\/v1\/api-keys$/u,
    canary: /^API key/u,
    why: 'a new API key, shown once',
    isOnce: true,
  },
  {
    place: 'answers',
    source: /^POST \/api\/v1\/invitations$/u,
    canary: /^invitation token/u,
    why: 'the link of a new invitation, shown once',
    isOnce: true,
  },
  {
    place: 'answers',
    source: /^POST \/api\/v1\/webhook-endpoints(\/[\w-]+\/rotate-secret)?$/u,
    canary: /^signing secret/u,
    why: 'the signing secret of a webhook endpoint, shown once',
    isOnce: true,
  },
  {
    place: 'answers',
    source: /^POST (\/api\/v1\/connections|\/connect)$/u,
    canary: /^state/u,
    why: "the way to TikTok's consent page, for whoever begins to connect",
  },
  {
    place: 'logs',
    source: /^stderr of greenroom connect$/u,
    canary: /^state/u,
    why: 'the same, for whoever connects by the command line',
  },
  {
    place: 'answers',
    source: /^GET \/connect\/callback$/u,
    canary: /^(authorization code|state)/u,
    why: 'the page that hands over to our own site what TikTok brought to this browser',
  },
  {
    place: 'answers',
    source: /^headers of (POST|PUT) \/(setup|sign-in|api\/v1\/session(\/password)?)$/u,
    canary: /^session/u,
    why: 'the cookie of a new session',
  },
  {
    place: 'errors',
    source: /^POST \/setup$/u,
    canary: /^setup token/u,
    why: 'the form of the one-time link, shown again to whoever sent it',
  },
];

/** Whether a secret may be where it was found. */
export function findAllowance(find: Find): Allowance | undefined {
  return allowances.find(
    ({ place, source, canary }) =>
      place === find.place && source.test(find.source) && canary.test(find.canary),
  );
}
