import type { OperationName } from '@greenroom/emulator';
import type { DocumentAddress } from '../src/rules/documents.ts';
import { documents } from '../src/rules/documents.ts';

/** One endpoint: where it is documented, and the tests that hold it to that. */
export interface RouteRow {
  readonly route: `${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /${string}`;
  readonly document: DocumentAddress;
  /** File below this folder and title of a test in it, with ` > ` between. */
  readonly tests: readonly string[];
}

const POST = '/v2/post/publish';

/** Every endpoint of TikTok's that the emulator answers. */
export const tiktokRoutes: readonly RouteRow[] = [
  {
    route: 'GET /v2/auth/authorize/',
    document: documents.authorizeWeb,
    tests: [
      'oauth/authorize.test.ts > takes the person back with a code, the granted scopes and the state',
      'oauth/authorize.test.ts > percent-encodes * and ! of the code in the raw query',
      'oauth/authorize.test.ts > grants a subset of what was asked',
      'oauth/authorize.test.ts > always shows the page of the desktop flow',
    ],
  },
  {
    route: 'GET /v2/auth/authorize',
    document: documents.authorizeWeb,
    tests: [
      'oauth/authorize.test.ts > takes the authorize page without its trailing slash, and notes it',
    ],
  },
  {
    route: 'POST /v2/auth/authorize/decision/',
    document: documents.authorizeWeb,
    tests: [
      'oauth/authorize.test.ts > calls back with access_denied when the person %s',
      'oauth/authorize.test.ts > checks the request again when the form comes back changed',
    ],
  },
  {
    route: 'GET /v2/auth/qr/',
    document: documents.qrLogin,
    tests: ['oauth/qr-login.test.ts > can be scanned and confirmed on a page'],
  },
  {
    route: 'POST /v2/auth/qr/',
    document: documents.qrLogin,
    tests: ['oauth/qr-login.test.ts > can be scanned and confirmed on a page'],
  },
  {
    route: 'POST /v2/oauth/token/',
    document: documents.userToken,
    tests: [
      'oauth/token.test.ts > answers flat tokens with the granted scopes and the lifetimes of November 2026',
      'oauth/token.test.ts > takes a code once',
      'oauth/token.test.ts > rotates: the old refresh token is dead at once, the new one works',
      'oauth/token.test.ts > answers client credentials with a clt. token and no refresh token',
    ],
  },
  {
    route: 'POST /v2/oauth/revoke/',
    document: documents.userToken,
    tests: [
      'oauth/revoke.test.ts > kills every token of the app and the creator, and answers an empty object',
      'oauth/revoke.test.ts > sends authorization.removed with reason 5',
    ],
  },
  {
    route: 'POST /v2/oauth/get_qrcode/',
    document: documents.qrLogin,
    tests: ['oauth/qr-login.test.ts > goes from new over scanned and confirmed to utilised'],
  },
  {
    route: 'POST /v2/oauth/check_qrcode/',
    document: documents.qrLogin,
    tests: [
      'oauth/qr-login.test.ts > goes from new over scanned and confirmed to utilised',
      'oauth/qr-login.test.ts > expires with an empty ticket',
    ],
  },
  {
    route: `POST ${POST}/creator_info/query/`,
    document: documents.creatorInfo,
    tests: [
      'posting/creator-info.test.ts > tells what a public creator may do, with or without a body',
      'posting/creator-info.test.ts > refuses a banned creator with HTTP 200',
    ],
  },
  {
    route: `POST ${POST}/video/init/`,
    document: documents.directPost,
    tests: [
      'posting/init-video.test.ts > a direct post gets a publish_id and an upload_url, and nothing else',
    ],
  },
  {
    route: `POST ${POST}/inbox/video/init/`,
    document: documents.inboxVideo,
    tests: ['posting/init-video.test.ts > a draft gets a publish_id of its own shape'],
  },
  {
    route: `POST ${POST}/content/init/`,
    document: documents.photoPost,
    tests: [
      'posting/init-photos.test.ts > 35 photos, 90 units of title and 4000 of description are taken',
    ],
  },
  {
    route: `POST ${POST}/status/fetch/`,
    document: documents.postStatus,
    tests: [
      'posting/lifecycle.test.ts > a public post is processed, complete, moderated and then has an id above 2^53',
      'posting/lifecycle.test.ts > takes thirty requests a minute of a token',
    ],
  },
  {
    route: `POST ${POST}/cancel/`,
    document: documents.mediaTransfer,
    tests: ['pull/pull.test.ts > ends a download that is under way'],
  },
  {
    route: 'PUT /upload',
    document: documents.mediaTransfer,
    tests: [
      'upload/upload.test.ts > the documented example of five chunks is answered 206 four times and 201 at last',
      'upload/upload.test.ts > an upload_url answers 403 an hour after init, and its post fails',
    ],
  },
  {
    route: 'GET /v2/user/info/',
    document: documents.userInfo,
    tests: [
      'display/display.test.ts > gives the fields that were asked for, and no other',
      'rate-limits.test.ts > user/info takes 600, counted by app',
    ],
  },
  {
    route: 'POST /v2/video/list/',
    document: documents.videoList,
    tests: [
      'display/display.test.ts > lists what was posted, newest first, page by page',
      'rate-limits.test.ts > $path takes $limit, and one more after a minute',
    ],
  },
  {
    route: 'POST /v2/video/query/',
    document: documents.videoQuery,
    tests: [
      'display/display.test.ts > gives those of the ids that belong to the creator',
      'rate-limits.test.ts > $path takes $limit, and one more after a minute',
    ],
  },
  {
    route: 'GET /v2/creator_info/query/',
    document: documents.creatorInfo,
    tests: [
      'posting/creator-info.test.ts > answers GET /v2/creator_info/query/ in the lenient dialect only',
    ],
  },
];

/** Pages and files of the emulator's own that are no part of the control API. */
export const ownRoutes: readonly RouteRow[] = [
  {
    route: 'GET /',
    document: documents.control,
    tests: [
      'inspector/inspector.test.ts > comes with all its files, and a policy that allows nothing else',
    ],
  },
  {
    route: 'GET /_emulator/inspector/:file',
    document: documents.control,
    tests: [
      'inspector/inspector.test.ts > comes with all its files, and a policy that allows nothing else',
      'inspector/inspector.test.ts > does not give out %s',
    ],
  },
  {
    route: 'GET /_emulator/media/:publish_id',
    document: documents.control,
    tests: [
      'inspector/inspector.test.ts > are the bytes that were received, whole and in ranges',
      'inspector/inspector.test.ts > are never served as a page, whatever was uploaded',
    ],
  },
  {
    route: 'GET /_emulator/media/:publish_id/:index',
    document: documents.control,
    tests: ['inspector/inspector.test.ts > are the photos of a post, one by one'],
  },
  {
    route: 'GET /avatars/:name',
    document: documents.control,
    tests: ['display/display.test.ts > knows every documented field'],
  },
  {
    route: 'GET /covers/:name',
    document: documents.control,
    tests: ['display/display.test.ts > shows every documented field of a video'],
  },
];

/** Every call of the control API; its page is the emulator's own documentation. */
export const controlTests: Readonly<Record<OperationName, readonly string[]>> = {
  reset: [
    'control/snapshot.test.ts > reset goes back to the seed: accounts, settings, ledgers, clock and posts',
  ],
  getState: ['control/state.test.ts > are those of design 7 without configuration'],
  patchSettings: ['control/state.test.ts > a PATCH changes what it names'],
  moveClock: [
    'control/state.test.ts > moves forward by seconds or to an instant, and can stand still',
  ],
  waitIdle: [
    'control/state.test.ts > moves the clock from event to event when asked',
    'control/state.test.ts > waits for a pull that is under way',
  ],
  listApps: [
    'control/accounts.test.ts > there are an audited and an unaudited app that own loopback',
  ],
  putApp: ['control/accounts.test.ts > keeps what is left out'],
  listCreators: ['control/accounts.test.ts > there are a public, a private and a limited creator'],
  putCreator: [
    'control/accounts.test.ts > makes a creator, changes it, and creator info tells at once',
  ],
  act: ['posting/lifecycle.test.ts > makes a private post public, and deletes it'],
  createToken: ['control/accounts.test.ts > is TikTok’s token answer'],
  decideConsent: ['control/accounts.test.ts > POST consents calls back as the page would'],
  actOnQrLogin: ['oauth/qr-login.test.ts > goes from new over scanned and confirmed to utilised'],
  addFault: ['faults.test.ts > so many times, then the rule deletes itself'],
  listFaults: ['faults.test.ts > until the rule is deleted'],
  deleteFault: ['faults.test.ts > until the rule is deleted'],
  listRequests: [
    'gateway.test.ts > the ledger has every request, without tokens, queries or the emulator’s own calls',
  ],
  listPosts: [
    'posting/lifecycle.test.ts > only the newest posts are retained, with their files and videos',
  ],
  moderatePost: ['posting/lifecycle.test.ts > by hand: approve, then remove'],
  listViolations: ['control/state.test.ts > retain bounds the ledgers, the oldest go first'],
  listWebhooks: ['oauth/revoke.test.ts > sends authorization.removed with reason 5'],
  sendWebhook: [
    'webhooks/webhooks.test.ts > any event can be sent, as the test button of TikTok’s console does: %s',
  ],
  getSnapshot: ['control/snapshot.test.ts > another emulator goes on where it was taken'],
  putSnapshot: ['control/snapshot.test.ts > another emulator goes on where it was taken'],
  getCaCertificate: [
    'start-emulator.test.ts > a client that trusts the throw-away authority verifies the certificate',
  ],
  getOpenApi: ['control/openapi.test.ts > every answer of the emulator fits its schema'],
};
