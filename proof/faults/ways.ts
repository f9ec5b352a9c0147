import type { EmulatorControl } from '@greenroom/emulator';

/** TikTok's endpoints that a post passes, by their short names in the reference. */
export type Endpoint =
  | 'creator_info/query'
  | 'video/init'
  | 'inbox/video/init'
  | 'content/init'
  | 'upload'
  | 'status/fetch'
  | 'cancel'
  | 'oauth';

/** A way of a post to TikTok. */
export interface Way {
  readonly name: 'file' | 'inbox' | 'url' | 'photos' | 'inbox photos' | 'foreign url';
  readonly transfer: 'upload' | 'pull';
  readonly mediaType: 'VIDEO' | 'PHOTO';
  readonly mode: 'DIRECT_POST' | 'MEDIA_UPLOAD';
  readonly init: Endpoint;
}

/** All ways; a video on somebody else's address has no fence. */
export const WAYS: readonly Way[] = [
  { name: 'file', transfer: 'upload', mediaType: 'VIDEO', mode: 'DIRECT_POST', init: 'video/init' },
  {
    name: 'inbox',
    transfer: 'upload',
    mediaType: 'VIDEO',
    mode: 'MEDIA_UPLOAD',
    init: 'inbox/video/init',
  },
  { name: 'url', transfer: 'pull', mediaType: 'VIDEO', mode: 'DIRECT_POST', init: 'video/init' },
  {
    name: 'photos',
    transfer: 'pull',
    mediaType: 'PHOTO',
    mode: 'DIRECT_POST',
    init: 'content/init',
  },
  {
    name: 'inbox photos',
    transfer: 'pull',
    mediaType: 'PHOTO',
    mode: 'MEDIA_UPLOAD',
    init: 'content/init',
  },
  {
    name: 'foreign url',
    transfer: 'pull',
    mediaType: 'VIDEO',
    mode: 'DIRECT_POST',
    init: 'video/init',
  },
];

/** What the emulator is told to do wrong. */
export type FaultAction = Parameters<EmulatorControl['addFault']>[0]['action'];

/** Path of an endpoint in fault rules and in the ledger of requests. */
export function pathOf(endpoint: Endpoint): string {
  if (endpoint === 'upload') return '/upload*';
  if (endpoint === 'oauth') return '/v2/oauth/token/';
  return `/v2/post/publish/${endpoint}/`;
}
