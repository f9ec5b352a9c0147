/** Parameters of TikTok's redirect that Greenroom's API takes. */
const NAMES = [
  'state',
  'code',
  'scopes',
  'error',
  'error_description',
  'error_type',
  'errCode',
  'log_id',
  'logid',
] as const;

/** What TikTok's redirect brought, decoded. */
export type Callback = { readonly state: string } & {
  readonly [Name in Exclude<(typeof NAMES)[number], 'state'>]?: string;
};

/**
 * Reads the query of TikTok's redirect, decoding each value exactly once: codes hold `*` and `!`.
 *
 * @returns `undefined` if it is no redirect of TikTok's: it has no state, or is not percent-encoded.
 */
export function readCallback(query: string): Callback | undefined {
  const found: Record<string, string> = {};
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    const name = NAMES.find((known) => known === pair.slice(0, equals));
    const value = name === undefined ? undefined : decode(name, pair.slice(equals + 1));
    if (name !== undefined && value !== undefined) found[name] ??= value;
  }
  const { state, ...rest } = found;
  return state === undefined ? undefined : { state, ...rest };
}

function decode(name: string, text: string): string | undefined {
  try {
    // A plus is a blank in forms, but a code has no blanks: there it is a plus.
    return decodeURIComponent(name === 'code' ? text : text.replaceAll('+', ' '));
  } catch {
    // What is not percent-encoded is not TikTok's.
    return undefined;
  }
}
