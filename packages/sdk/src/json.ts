import { PUBLIC_POST_ID_FIELDS } from './aliases.ts';

/**
 * Parses JSON without rounding ids: an integer beyond what a number holds exactly becomes the
 * string of its digits, wherever it stands; all else is as `JSON.parse` makes it.
 *
 * TikTok sends post ids as bare 19-digit numbers, which `JSON.parse` rounds to the id of another
 * post.
 *
 * @throws {SyntaxError} If the text is not JSON.
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status}
 */
export function parseJson(text: string): unknown {
  // Nothing can be rounded without sixteen digits in a row: the common answer takes the fast way.
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  return hasSourceAccess() ? parseWithSource(text) : parseWithQuotes(text);
}

type Reviver = (key: string, value: unknown, context?: { readonly source?: string }) => unknown;

/** Parses by the source text that newer runtimes hand to the reviver. */
export function parseWithSource(text: string): unknown {
  const revive: Reviver = (_key, value, context) =>
    typeof value === 'number' && context?.source !== undefined
      ? toExactNumber(context.source)
      : value;
  return JSON.parse(text, revive);
}

// A string, which is left alone, or a number in full.
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * Parses by putting quotes around the integers that would be rounded, for runtimes without source
 * access. The text is parsed as it is first, so that quotes cannot make JSON of what is none.
 */
export function parseWithQuotes(text: string): unknown {
  JSON.parse(text);
  const quoted = text.replace(TOKENS, (token) =>
    token.startsWith('"') || typeof toExactNumber(token) === 'number' ? token : `"${token}"`,
  );
  return JSON.parse(quoted);
}

function toExactNumber(source: string): number | string {
  const value = Number(source);
  const isRounded = !Number.isSafeInteger(value) && /^-?\d+$/.test(source);
  return isRounded ? source : value;
}

/**
 * Whether this runtime's `JSON.parse` hands the right source text to a reviver. Asked by example:
 * Node 20 does not, or only behind a flag, and a runtime that hands a wrong text is worse than none.
 */
export function hasSourceAccess(parse: typeof JSON.parse = JSON.parse): boolean {
  const seen: unknown[] = [];
  const record: Reviver = (_key, value, context) => {
    if (typeof value === 'number') seen.push(context?.source);
    return value;
  };
  try {
    parse('[9007199254740993,{"b":[1.50,[-0]],"a":7678907398077074696}]', record);
  } catch {
    return false;
  }
  return String(seen) === '9007199254740993,1.50,-0,7678907398077074696';
}

/**
 * Reads the ids of the public posts out of a status answer, in whatever form they came: one or a
 * list, strings or numbers, under `publicaly_available_post_id` (TikTok's spelling), its corrected
 * spelling or the camelCase of old notes. Give it what {@link parseJson} made.
 */
export function readPostIds(status: Readonly<Record<string, unknown>>): string[] {
  for (const field of PUBLIC_POST_ID_FIELDS) {
    const value = status[field];
    const ids = (Array.isArray(value) ? value : [value]).flatMap(toId);
    if (ids.length > 0) return ids;
  }
  return [];
}

/** Reads an id as text; nothing for `null`, the empty string and what is no id. */
function toId(value: unknown): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  return typeof value === 'number' && Number.isFinite(value) ? [String(value)] : [];
}

/** Reads an int64, which may come as a string too, as a number. */
export function readCount(value: unknown): number | undefined {
  const count = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof count === 'number' && Number.isFinite(count) ? count : undefined;
}
