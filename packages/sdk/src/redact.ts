/** What stands where a secret was. */
export const REDACTED = '[redacted]';

/** Node's, Bun's and Deno's hook for printing an object; a plain symbol elsewhere. */
export const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom');

// What looks like a secret wherever it stands: TikTok's token prefixes, bearer headers, secret
// fields of forms and of JSON, and the query of any URL (upload URLs carry their token there).
const PATTERNS: readonly RegExp[] = [
  /\b(https?:\/\/[^\s"'<>?#]+[?#])[^\s"'<>]*/gi,
  /\b((?:act|rft|clt)\.)[^\s"'<>&,;)]+/g,
  /\b(Bearer )[^\s"'<>,;)]+/gi,
  /\b((?:\w*(?:token|secret|verifier|ticket|upload_url)|code)(?:=|"\s*:\s*"))[^&\s"'<>]+/gi,
];

// Shorter "secrets" would tear holes into ordinary words.
const SHORTEST_SECRET = 4;

/**
 * Takes out of a text what must not be read in logs: the given secrets, plain or encoded,
 * and everything that looks like a token, a secret field or the query of a URL.
 */
export function redactText(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret.length < SHORTEST_SECRET) continue;
    for (const form of formsOf(secret)) clean = clean.replaceAll(form, REDACTED);
  }
  for (const pattern of PATTERNS) clean = clean.replace(pattern, `$1${REDACTED}`);
  return clean;
}

// As it is, in a URL, in a form and in JSON.
function formsOf(secret: string): string[] {
  const inForm = new URLSearchParams([['', secret]]).toString().slice(1);
  // Half of a surrogate pair cannot be encoded.
  const inUrl = encodeURIComponent(secret.replace(/\p{Surrogate}/gu, '\ufffd'));
  return [secret, inUrl, inForm, JSON.stringify(secret).slice(1, -1)];
}

// Chains are short in practice; the bound is for those that bite their tail.
const DEEPEST_CAUSE = 4;

/**
 * Copies what is useful of a foreign error (name, message, code, stack) without its secrets. A
 * copy, because runtimes put headers and URLs into messages and hang the request on the error.
 */
export function redactCause(cause: unknown, secrets: readonly string[] = [], depth = 0): unknown {
  if (cause === undefined) return undefined;
  if (!(cause instanceof Error)) return redactText(String(cause), secrets);
  const copy: Error & { code?: string } = new Error(redactText(cause.message, secrets));
  copy.name = cause.name;
  copy.stack = redactText(cause.stack ?? String(cause), secrets);
  if ('code' in cause && typeof cause.code === 'string')
    copy.code = redactText(cause.code, secrets);
  if (cause.cause !== undefined && depth < DEEPEST_CAUSE) {
    copy.cause = redactCause(cause.cause, secrets, depth + 1);
  }
  return copy;
}

/**
 * Makes an object whose secrets can be read by their names, and are in no printed form, no JSON
 * and no copy of it.
 */
export function withSecrets<Shown extends object, Secrets extends object>(
  shown: Shown,
  secrets: Secrets,
): Shown & Secrets {
  const prototype = {};
  const redacted: Record<string, unknown> = {};
  for (const [name, secret] of Object.entries(secrets)) {
    Object.defineProperty(prototype, name, { get: () => secret });
    redacted[name] = secret === undefined ? undefined : REDACTED;
  }
  const toJSON = () => ({ ...shown, ...redacted });
  Object.assign(prototype, { toJSON, [INSPECT]: toJSON });
  // What is shown is its own, and the secrets are its prototype's.
  return Object.assign(Object.create(prototype), shown) as Shown & Secrets;
}
