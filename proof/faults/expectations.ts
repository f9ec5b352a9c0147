import { documentedCodes } from '../../packages/emulator/test/documented-codes.ts';
import type { Expected, FaultCase, Scene } from './case.ts';
import { type Endpoint, type FaultAction, WAYS, type Way } from './ways.ts';

/** What comes of a definite refusal, whichever endpoint says it before anything was sent. */
const REFUSALS: Readonly<Record<string, (way: Way) => Omit<Expected, 'inits'>>> = {
  spam_risk_too_many_posts: held('spam_risk_too_many_posts'),
  spam_risk_user_banned_from_posting: held('spam_risk_user_banned_from_posting'),
  spam_risk_too_many_pending_share: held('spam_risk_too_many_pending_share'),
  reached_active_user_cap: held('reached_active_user_cap'),
  unaudited_client_can_only_post_to_private_accounts: held(
    'unaudited_client_can_only_post_to_private_accounts',
  ),
  url_ownership_unverified: () => ({ state: 'failed', reason: 'url_ownership_unverified' }),
  privacy_level_option_mismatch: held('privacy_level_option_mismatch'),
  app_version_check_failed: held('app_version_check_failed'),
  scope_not_authorized: held('scope_not_authorized'),
  invalid_param: () => ({ state: 'failed', reason: 'invalid_param' }),
  invalid_params: () => ({ state: 'failed', reason: 'invalid_params' }),
  invalid_file_upload: () => ({ state: 'failed', reason: 'invalid_file_upload' }),
};

function held(reason: string) {
  return (): Omit<Expected, 'inits'> => ({ state: 'held', reason });
}

/** The state of a post that went well. */
function well({ mode }: Way): Pick<Expected, 'state'> {
  return { state: mode === 'MEDIA_UPLOAD' ? 'in_inbox' : 'published' };
}

/** Every case: each documented code at each endpoint of each way, each fail_reason, and answers that never came whole. */
export function listFaultCases(): readonly FaultCase[] {
  return WAYS.flatMap((way) => [
    ...(way.mode === 'DIRECT_POST' ? atCreatorInfo(way) : []),
    ...atInit(way),
    ...(way.transfer === 'upload' ? atUpload(way) : []),
    ...atStatus(way),
    ...(way.name === 'foreign url' ? atCancel(way) : []),
    ...(way.name === 'file' ? atOauth(way) : []),
    ...failReasons(way),
  ]);
}

/** Answers that did not come, or not whole: whether TikTok acted, and how it shows. */
const BROKEN: readonly (readonly [fault: string, isEffective: boolean, action: FaultAction])[] = [
  ['dropped before the effect', false, { drop: 'before' }],
  ['dropped after the effect', true, { drop: 'after' }],
  ['cut in the middle of the answer', true, { truncate_bytes: 12 }],
  ['a web page instead of an answer', false, { status: 200, body: '<html>bad gateway</html>' }],
  ['an empty answer', false, { status: 200, body: '' }],
  ['an envelope without data', false, { status: 200, body: '{"error":{"code":"ok"}}' }],
  ['502 of a proxy', false, { status: 502, body: '<html>bad gateway</html>' }],
];

/** So long nobody waits for an answer: a second more than the SDK does. TikTok acts then all the same. */
const TOO_LATE: FaultAction = { delay_ms: 31_000 };
/** The server itself waits for a status, and for a cancel, no longer than 10 s and 15 s. */
const TOO_LATE_FOLLOWING: FaultAction = { delay_ms: 16_000 };

function atCreatorInfo(way: Way): FaultCase[] {
  const make = caseOf(way, 'creator_info/query');
  const refusals = documented('creator_info/query').flatMap((answer) => {
    const { code, status } = parse(answer);
    const refusal = REFUSALS[code];
    if (refusal === undefined) return [];
    return [make(answer, { status, code }, { ...refusal(way), inits: [0, 0] })];
  });
  return [
    ...refusals,
    // Nothing of the post was sent yet, so that it cannot be what is wrong: a person looks.
    ...documented('any endpoint').map((answer) =>
      make(answer, toAction(answer), {
        state: 'held',
        reason: parse(answer).code,
        inits: [0, 0],
      }),
    ),
    make('401 access_token_invalid', { code: 'access_token_invalid' }, once(way), 1),
    make(
      '401 access_token_invalid, always',
      { code: 'access_token_invalid' },
      { state: 'held', reason: 'access_token_invalid', inits: [0, 0] },
    ),
    make(
      '429 rate_limit_exceeded',
      { code: 'rate_limit_exceeded' },
      { ...once(way), waits: 'rate_limit' },
      1,
    ),
    make('500 internal_error', { status: 500 }, { ...once(way), waits: 'tiktok_away' }, 1),
    make('500 internal_error, always', { status: 500 }, { ...once(way), waits: 'tiktok_away' }),
    ...BROKEN.map(([fault, , action]) =>
      make(fault, action, { ...once(way), waits: 'tiktok_away' }, 1),
    ),
    make('no answer in time', TOO_LATE, { ...once(way), waits: 'tiktok_away' }, 1),
  ];
}

function atInit(way: Way): FaultCase[] {
  const make = caseOf(way, way.init);
  const refusals = documentedAt(way.init).flatMap((answer) => {
    const { code, status } = parse(answer);
    const refusal = REFUSALS[code];
    if (refusal === undefined) return [];
    return [make(answer, { status, code }, { ...refusal(way), inits: [1, 1] })];
  });
  return [
    ...refusals,
    make('401 access_token_invalid', { code: 'access_token_invalid' }, twice(way), 1),
    make(
      '401 access_token_invalid, always',
      { code: 'access_token_invalid' },
      { state: 'held', reason: 'access_token_invalid', inits: [1, 2] },
    ),
    make(
      '429 rate_limit_exceeded',
      { code: 'rate_limit_exceeded' },
      { ...twice(way), waits: 'rate_limit' },
      1,
    ),
    make('500 internal_error', { status: 500 }, unclear(way), 1),
    ...BROKEN.map(([fault, , action]) => make(fault, action, unclear(way), 1)),
    make('no answer in time', TOO_LATE, unclear(way), 1),
  ];
}

/** An init whose answer was lost: by the fences a new attempt, or for media of somebody else's nobody knows. */
function unclear(way: Way): Expected {
  const inits = [1, 2] as const;
  if (way.transfer === 'upload') return { ...well(way), inits };
  if (way.name === 'foreign url') return { ...well(way), inits, isPersonAsked: true };
  // TikTok may have begun to fetch when the address was revoked, and says so.
  return { ...well(way), inits, isPersonAsked: true, waits: 'pull_failed', mayNotWait: true };
}

function atUpload(way: Way): FaultCase[] {
  const make = caseOf(way, 'upload');
  const refused: Expected = { state: 'failed', waits: 'upload_ended', inits: [4, 4] };
  return [
    make('400', { status: 400 }, once(way), 1),
    // The last chunk was on its way: TikTok itself has to give each attempt up before there is another.
    caseOf(way, 'upload', 'hours pass')('400, always', { status: 400 }, refused),
    // So it is with a URL that is said to be gone: TikTok is asked, and wants the same bytes at the same URL.
    make('403', { status: 403 }, once(way), 1),
    make('404', { status: 404 }, once(way), 1),
    make('416', { status: 416 }, once(way), 1),
    make('503', { status: 503 }, once(way), 1),
    make('dropped before the effect', { drop: 'before' }, once(way), 1),
    make('dropped after the effect', { drop: 'after' }, once(way), 1),
    make('no answer in time', TOO_LATE, once(way), 1),
  ];
}

function atStatus(way: Way): FaultCase[] {
  const make = caseOf(way, 'status/fetch', 'no events');
  return [
    ...documentedAt('status/fetch').map((answer) => make(answer, toAction(answer), once(way), 2)),
    ...BROKEN.map(([fault, , action]) => make(fault, action, once(way), 2)),
    make('no answer in time', TOO_LATE_FOLLOWING, once(way), 1),
  ];
}

function atCancel(way: Way): FaultCase[] {
  const make = caseOf(way, 'cancel', 'cancel');
  const canceled: Expected = { state: 'canceled', reason: 'canceled_at_tiktok', inits: [1, 1] };
  return [
    ...documentedAt('cancel').map((answer) => make(answer, toAction(answer), once(way))),
    make('dropped before the effect', { drop: 'before' }, canceled, 1),
    make('dropped after the effect', { drop: 'after' }, canceled, 1),
    make('no answer in time', TOO_LATE_FOLLOWING, canceled, 1),
  ];
}

const APP_FAULTS = [
  'invalid_client',
  'invalid_request',
  'unauthorized_client',
  'unsupported_grant_type',
];

function atOauth(way: Way): FaultCase[] {
  const make = caseOf(way, 'oauth', 'expired token');
  const reconnect: Expected = { state: 'held', reason: 'reconnect_needed', inits: [0, 0] };
  // The sweep that renews tokens may meet the fault before the post does.
  const later: Expected = { ...once(way), waits: 'token_delayed', mayNotWait: true };
  return [
    ...['invalid_grant', 'access_denied'].map((code) => make(code, { code }, reconnect)),
    // Not the account's fault: somebody mends the app, or TikTok comes back.
    ...APP_FAULTS.map((code) => make(code, { code }, later)),
    make('server_error', { code: 'server_error' }, later, 1),
    make('temporarily_unavailable', { code: 'temporarily_unavailable' }, later, 1),
    make('503', { status: 503 }, later, 1),
    make('dropped before the effect', { drop: 'before' }, later, 1),
    make('dropped after the effect', { drop: 'after' }, reconnect, 1),
  ];
}

function failReasons(way: Way): FaultCase[] {
  const make = caseOf(way, way.init);
  const isOwnPull = way.transfer === 'pull' && way.name !== 'foreign url';
  return documented('fail_reason').map((reason) =>
    make(
      `fail_reason ${reason}`,
      { fail_reason: reason },
      // TikTok made nothing, and our address is there: it is asked to fetch once more.
      isOwnPull && reason.endsWith('_pull_failed')
        ? { ...twice(way), waits: 'pull_failed' }
        : { state: 'failed', reason, inits: [1, 1] },
      1,
    ),
  );
}

/** All is well at last, with one init. */
function once(way: Way): Expected {
  return { ...well(way), inits: [1, 1] };
}

/** All is well at last; the refused init made nothing, so that there may be a second one. */
function twice(way: Way): Expected {
  return { ...well(way), inits: [2, 2] };
}

function caseOf(way: Way, endpoint: Endpoint, scene?: Scene) {
  return (fault: string, action: FaultAction, expected: Expected, times?: number): FaultCase => ({
    way,
    endpoint,
    fault,
    action,
    expected,
    ...(times === undefined ? {} : { times }),
    ...(scene === undefined ? {} : { scene }),
  });
}

/** What the reference lists for an endpoint. */
function documented(where: string): readonly string[] {
  const page = documentedCodes.find((one) => one.where === where);
  if (page === undefined) throw new Error(`The reference lists nothing for ${where}`);
  return page.answers;
}

/** The same, with what any endpoint may answer. */
function documentedAt(where: string): readonly string[] {
  return [...documented(where), ...documented('any endpoint')];
}

function parse(answer: string): { readonly status: number; readonly code: string } {
  const [status = '', code = ''] = answer.split(' ');
  return { status: Number(status), code };
}

function toAction(answer: string): FaultAction {
  const { code, status } = parse(answer);
  return { status, code };
}
