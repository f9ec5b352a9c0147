/** What is said of one kind of problem, whoever meets it. */
export interface ProblemKind {
  /** HTTP status of the answer. */
  readonly status: number;
  /** What went wrong, in a few words; the same for each such problem. */
  readonly title: string;
  /** When it is answered, in a sentence or two. */
  readonly meaning: string;
  /** What to do about it. */
  readonly remedy: string;
}

/**
 * Every problem that Greenroom answers. The key is the problem's stable name: `code` of the problem
 * document and end of its `type`, an address with a page about it.
 */
export const problemKinds = {
  'invalid-request': {
    status: 400,
    title: 'The request is not valid',
    meaning:
      'A field of the body, the query or the path is missing, unknown, or not what the operation takes. Nothing was stored.',
    remedy: '`errors` names each field by a JSON pointer. Correct them and send the request again.',
  },
  'malformed-body': {
    status: 400,
    title: 'The body is not JSON that can be read',
    meaning:
      'The body is empty, cut short, not UTF-8, not JSON, nested too deeply, or holds what no field may hold, such as a null character.',
    remedy: 'Send the object that the operation takes, as JSON in UTF-8.',
  },
  'malformed-request': {
    status: 400,
    title: 'The request is not HTTP that can be read',
    meaning: 'The request line, a header or the framing of the body breaks the rules of HTTP.',
    remedy: 'Look at the client, or at a proxy between it and Greenroom.',
  },
  'invalid-cursor': {
    status: 400,
    title: 'The cursor is not one of ours',
    meaning:
      '`cursor` is not the `next_cursor` of an earlier page of the same list, or was changed.',
    remedy: 'Pass `next_cursor` on as it came, or begin again without a cursor.',
  },
  'workspace-required': {
    status: 400,
    title: 'It is not clear which workspace is meant',
    meaning:
      'The person belongs to several workspaces, or to none, and the request names none of them.',
    remedy: 'Name one in the `Greenroom-Workspace` header.',
  },
  unauthenticated: {
    status: 401,
    title: 'Nobody is signed in',
    meaning: 'There is no session and no API key, or it is unknown, expired or revoked.',
    remedy: 'Sign in, or send a valid API key as `Authorization: Bearer grk_…`.',
  },
  'webhook-signature': {
    status: 401,
    title: 'The signature of the event is not valid',
    meaning: 'The event was not signed by TikTok with the secret of an app of this installation.',
    remedy: 'Check the client_secret of the app, and that no proxy changes the body.',
  },
  'sign-in-failed': {
    status: 401,
    title: 'The e-mail address or the password is wrong',
    meaning: 'No person of this installation has this e-mail address and this password.',
    remedy: 'Try again. An owner of the workspace can send a new invitation.',
  },
  forbidden: {
    status: 403,
    title: 'Not allowed',
    meaning: 'The role of the person, or the scopes of the API key, do not cover this operation.',
    remedy:
      'Ask an owner of the workspace for the role, or make a key with the scope; `detail` names it.',
  },
  'cross-site': {
    status: 403,
    title: 'The request may have been forged by another site',
    meaning:
      'A request that carries a session and changes something must come from a page of this Greenroom.',
    remedy: 'Send it from the same origin, or use an API key.',
  },
  'not-found': {
    status: 404,
    title: 'There is no such thing',
    meaning:
      'Nothing has this id in the workspace, or nothing answers at this address. What belongs to another workspace is not found, either.',
    remedy: 'Check the id, the address and the workspace.',
  },
  'connection-unknown': {
    status: 404,
    title: 'There is no such connection',
    meaning: 'No connection of this session or API key has this `state`.',
    remedy:
      'Finish a connection in the browser, or with the key, that began it; or begin a new one.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'This address does not take this method',
    meaning:
      'The address exists, but not with this method; the `Allow` header lists those it takes.',
    remedy: 'Use one of the methods in `Allow`.',
  },
  'request-timeout': {
    status: 408,
    title: 'The request came too slowly',
    meaning: 'Its headers or its body did not arrive in time.',
    remedy: 'Send it again over a better connection.',
  },
  conflict: {
    status: 409,
    title: 'The present state does not allow it',
    meaning: 'What is asked for makes no sense in the present state; `detail` says why.',
    remedy: 'Look at the present state, then decide again.',
  },
  'last-owner': {
    status: 409,
    title: 'A workspace keeps at least one owner',
    meaning: 'The last owner of a workspace cannot leave it or take another role.',
    remedy: 'Make somebody else an owner first.',
  },
  'already-member': {
    status: 409,
    title: 'The person is a member already',
    meaning: 'The invitation is for a workspace that the person belongs to.',
    remedy: 'Sign in and choose the workspace.',
  },
  'email-taken': {
    status: 409,
    title: 'A person with this e-mail address exists',
    meaning: 'An e-mail address belongs to one person of the installation.',
    remedy: 'Sign in as that person, then open the invitation again.',
  },
  'idempotency-in-flight': {
    status: 409,
    title: 'The first request with this key still runs',
    meaning: 'Another request with the same `Idempotency-Key` has begun and has not ended.',
    remedy: 'Wait a moment and send it again: it then gets the answer of the first.',
  },
  'app-in-use': {
    status: 409,
    title: 'The app is in use',
    meaning:
      'An app cannot be deleted while accounts are connected through it, or while posts of its accounts are kept; `detail` says which.',
    remedy: 'Disconnect its accounts and delete their untried posts first.',
  },
  'app-key-taken': {
    status: 409,
    title: 'An app with this client_key exists',
    meaning: 'A `client_key` of TikTok is registered once in an installation.',
    remedy: 'Use the app that exists, or have the other workspace delete it.',
  },
  'account-connected-elsewhere': {
    status: 409,
    title: 'The account is connected in another workspace',
    meaning: 'A TikTok account is connected in one workspace at a time.',
    remedy: 'Disconnect it there first.',
  },
  'account-other-identity': {
    status: 409,
    title: 'Another TikTok account answered',
    meaning:
      'The account to be connected again and the one that consented at TikTok are not the same. Nothing was changed.',
    remedy: 'Sign in to TikTok as the right creator and connect again, or connect a new account.',
  },
  'account-refused': {
    status: 409,
    title: 'TikTok refuses this account',
    meaning: 'TikTok does not let the account do this, whoever asks; `tiktok.code` says why.',
    remedy: 'Look into the TikTok app: it tells the creator what is wrong with the account.',
  },
  'app-missing': {
    status: 409,
    title: 'There is no TikTok app to connect through',
    meaning:
      'Neither the workspace nor the installation has a TikTok app, or there are several and none was named.',
    remedy:
      'Register an app of the workspace, set TIKTOK_CLIENT_KEY and TIKTOK_CLIENT_SECRET, or name an app.',
  },
  'connection-used': {
    status: 409,
    title: 'The connection was completed already',
    meaning: 'The `state` of a connection is taken once.',
    remedy: 'Look at the connection: it says how it ended. Begin a new one if need be.',
  },
  'account-not-connected': {
    status: 409,
    title: 'The account is not connected',
    meaning: 'It was disconnected, or TikTok takes its tokens no longer.',
    remedy: 'Connect the account again.',
  },
  'post-state': {
    status: 409,
    title: 'The post is in another state',
    meaning:
      'What was asked for cannot be done in the state that the post is in; `detail` says which and why.',
    remedy: 'Read the post again, and do what its state allows.',
  },
  'version-mismatch': {
    status: 409,
    title: 'The post was changed meanwhile',
    meaning:
      'Somebody else has changed the post since the version that the request names. Nothing was changed.',
    remedy: 'Read the post again, and send the change with its present version.',
  },
  'post-duplicate': {
    status: 409,
    title: 'The same was posted to this account a short while ago',
    meaning:
      'The same media with the same text goes, or went, to the same account within 24 h. `detail` names the other post.',
    remedy: 'If that is wanted, send the request again with `allow_duplicate`.',
  },
  'media-in-use': {
    status: 409,
    title: 'The media is still needed',
    meaning: 'A post that has not gone out yet is made with it.',
    remedy: 'Cancel or change that post first.',
  },
  'upload-offset': {
    status: 409,
    title: 'The upload is at another byte',
    meaning: '`Upload-Offset` does not say where the upload is. Nothing was stored.',
    remedy: 'Ask with HEAD how many bytes are here, and send those behind them.',
  },
  'domain-proof-taken': {
    status: 409,
    title: 'The signature file belongs to another workspace',
    meaning: 'A file of this name is served for another workspace of the installation.',
    remedy: 'Remove it there, or ask TikTok for another signature file.',
  },
  'scope-not-granted': {
    status: 409,
    title: 'The creator has not granted a scope that this needs',
    meaning: 'The scopes that were granted when the account was connected do not cover this.',
    remedy: 'Connect the account again and leave the scope named in `detail` ticked.',
  },
  'invitation-unusable': {
    status: 410,
    title: 'The invitation cannot be used',
    meaning: 'It is unknown, used, revoked or expired.',
    remedy: 'Ask an owner of the workspace for a new one.',
  },
  'connection-expired': {
    status: 410,
    title: 'The connection is too old',
    meaning: 'A connection that was begun must be completed within 30 minutes.',
    remedy: 'Begin a new connection.',
  },
  'body-too-large': {
    status: 413,
    title: 'The body is too large',
    meaning: 'The body has more bytes than this operation takes.',
    remedy: 'Send less at once.',
  },
  'media-too-large': {
    status: 413,
    title: 'The file is too large',
    meaning: 'TikTok takes no file of this size, so none is stored.',
    remedy: 'Export it with a lower bitrate, or cut it.',
  },
  'media-quota-exceeded': {
    status: 413,
    title: 'The workspace has no room for the file',
    meaning: 'With it the media of the workspace would take more bytes than its quota.',
    remedy: 'Delete media that is not needed any more, or have the operator raise the quota.',
  },
  'uri-too-long': {
    status: 414,
    title: 'The address is too long',
    meaning: 'The path or a parameter of it is longer than any address here.',
    remedy: 'Check how the address is made.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body is not sent as JSON',
    meaning: 'Bodies are taken with `Content-Type: application/json` only.',
    remedy: 'Send JSON, and say so in `Content-Type`.',
  },
  'post-invalid': {
    status: 422,
    title: 'The post cannot go out as it is',
    meaning:
      'It breaks a rule of TikTok’s, or the creator may not do what was chosen. Nothing was stored.',
    remedy: '`errors` names each field by a JSON pointer. Correct them and send the request again.',
  },
  'import-refused': {
    status: 422,
    title: 'The import cannot be taken as it is',
    meaning:
      'The file cannot be read, or a row of it cannot become a post. Nothing was stored, of no row.',
    remedy:
      '`errors` names rows and fields by JSON pointers. Correct them and send the whole import again; a check tells of every row.',
  },
  'upload-busy': {
    status: 423,
    title: 'Another request writes to this upload',
    meaning:
      'One request at a time brings the bytes of an upload, and the other one does not let go.',
    remedy: 'Wait as long as the `Retry-After` header says, ask with HEAD, and go on.',
  },
  'weak-password': {
    status: 422,
    title: 'The password is too easy to guess',
    meaning: 'It is short, common, or made of the name or the e-mail address.',
    remedy: 'Choose a longer one; several words that have nothing to do with each other are good.',
  },
  'idempotency-mismatch': {
    status: 422,
    title: 'The key was used for another request',
    meaning: 'The `Idempotency-Key` belongs to a request with another body or address.',
    remedy: 'Use a new key for a new request.',
  },
  'connection-refused': {
    status: 422,
    title: 'TikTok’s consent page was left without consent',
    meaning: 'The creator refused, or TikTok showed an error; `detail` says which.',
    remedy: 'Connect again when the creator agrees, or when what TikTok complained of is mended.',
  },
  'too-many-requests': {
    status: 429,
    title: 'Too many requests',
    meaning: 'The address or the API key has sent more requests than it may in this minute.',
    remedy: 'Wait as long as the `Retry-After` header says.',
  },
  'too-many-sign-ins': {
    status: 429,
    title: 'Too many attempts to sign in',
    meaning: 'There were too many wrong passwords for this person or from this address.',
    remedy: 'Wait as long as the `Retry-After` header says.',
  },
  'tiktok-rate-limited': {
    status: 429,
    title: 'TikTok’s rate limit is reached',
    meaning: 'TikTok takes no more calls of this kind for the account at the moment.',
    remedy: 'Wait as long as the `Retry-After` header says.',
  },
  'headers-too-large': {
    status: 431,
    title: 'The headers are too large',
    meaning: 'The headers of the request have more bytes than the server reads.',
    remedy: 'Send fewer or smaller headers; look at cookies first.',
  },
  internal: {
    status: 500,
    title: 'Something failed inside Greenroom',
    meaning:
      'An error that nobody foresaw. Its details are in the server’s log, not in the answer.',
    remedy: 'Give the operator the `instance` of this problem: the log has it as the request’s id.',
  },
  'tiktok-refused': {
    status: 502,
    title: 'TikTok refused it',
    meaning: 'TikTok answered with an error; `tiktok` has its code and its log id.',
    remedy: '`detail` says what it means and whose move it is.',
  },
  'tiktok-answer-malformed': {
    status: 502,
    title: 'TikTok answered what it does not document',
    meaning: 'The answer was cut short, not JSON, or lacked a field.',
    remedy: 'Try again in a while. If it stays so, TikTok may have changed its API.',
  },
  unavailable: {
    status: 503,
    title: 'Greenroom cannot work right now',
    meaning: 'The database does not answer, or the server is stopping.',
    remedy: 'Wait as long as the `Retry-After` header says and send the request again.',
  },
  'tiktok-unavailable': {
    status: 503,
    title: 'TikTok could not be reached',
    meaning: 'TikTok could not be reached or failed inside. The account stays connected.',
    remedy: 'Try again in a while.',
  },
  'storage-full': {
    status: 507,
    title: 'The disk is full',
    meaning: 'There is no room for the file, or for more of it. What has arrived is kept.',
    remedy: 'Have the operator make room, then go on with the upload.',
  },
  'tiktok-timeout': {
    status: 504,
    title: 'TikTok did not answer in time',
    meaning: 'TikTok took too long. The account stays connected.',
    remedy: 'Try again in a while.',
  },
} as const satisfies Record<string, ProblemKind>;

/** Name of a problem: `code` of its document, and the end of its `type`. */
export type ProblemCode = keyof typeof problemKinds;
