/** What stands where a secret was. */
export const REDACTED = '[redacted]';

/**
 * Takes out of a line of JSON whatever looks like a secret: by the name of its field at any depth, and by
 * its shape wherever it stands in a text (message, stack, cause, a body in a string, a key).
 *
 * @param secrets - Texts that must not be seen whatever they look like, such as the database's password.
 */
export function redactLine(line: string, secrets: readonly string[] = []): string {
  if (!SUSPICIOUS.test(line) && !secrets.some((secret) => line.includes(secret))) return line;
  try {
    const end = line.endsWith('\n') ? '\n' : '';
    return `${JSON.stringify(redactValue(JSON.parse(line), secrets))}${end}`;
  } catch {
    // No JSON: what cannot be read by its structure is read as a text.
    return redactText(line, secrets);
  }
}

/** How many secrets were taken out of a line. */
export function countRedactions(line: string): number {
  return line.split(REDACTED).length - 1;
}

/** Takes out of a text whatever looks like a secret, and the given secrets in every form that a text may carry them. */
export function redactText(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret.length < SHORTEST_SECRET) continue;
    for (const form of formsOf(secret)) clean = clean.replaceAll(form, REDACTED);
  }
  for (const [pattern, put] of SHAPES) clean = clean.replace(pattern, put);
  return clean.replace(CODE_FIELD, (field, head: string, value: string) =>
    isWord(value) ? field : `${head}${REDACTED}`,
  );
}

function redactValue(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return redactText(value, secrets);
  if (Array.isArray(value)) return value.map((one) => redactValue(one, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, held]) => [
      redactText(name, secrets),
      redactField(name, held, secrets),
    ]),
  );
}

function redactField(name: string, held: unknown, secrets: readonly string[]): unknown {
  // Counts, dates as numbers and switches tell nothing, whatever their name is.
  if (held === null || typeof held === 'number' || typeof held === 'boolean') return held;
  if (SECRET_NAME.test(name)) return REDACTED;
  if (name === 'code' && typeof held === 'string' && !isWord(held)) return REDACTED;
  return redactValue(held, secrets);
}

/** Whether a `code` is one of an error, such as `ECONNREFUSED` or `rate_limit_exceeded`, and no authorization code. */
function isWord(code: string): boolean {
  return /^(?:[A-Z][A-Z0-9_]{0,63}|[a-z]+(?:[_-][a-z]+){0,8}|\d{1,6}|[0-9A-Z]{5})$/.test(code);
}

const NAMES =
  'token|secret|password|passphrase|verifier|ticket|upload_?url|authorization|cookie|master_?key|api_?key|otlp_?headers';
const SECRET_NAME = new RegExp(`(?:${NAMES})$`, 'i');

// A shape begins where a word does. In a text that was put into a text, an escape may stand before it.
const START = String.raw`(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrtbf])|(?<=\\u[0-9A-Fa-f]{4}))`;

// A quote in a text that was put into a text, again and again: each time doubles its escapes.
const ESCAPED = String.raw`\\{1,127}"`;

/*
 * A line may be of any length, and part of it somebody else's. So each shape begins with fixed letters and has
 * runs only behind them, which no other beginning of the same shape can lie in: all of it is one pass.
 */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  // Query and fragment of any URL: codes, states, upload tokens and one-time links travel there.
  [/(:\/\/(?:(?!:\/\/)[^\s"'<>?#\\])+[?#])[^\s"'<>\\]+/g, `$1${REDACTED}`],
  [/(:\/\/[^\s"'<>/:@\\]*:)(?:(?!:\/\/)[^\s"'<>@\\])+@/g, `$1${REDACTED}@`],
  // TikTok's tokens; the second form stands in the middle of a word and must be as long as real ones.
  [
    new RegExp(String.raw`${START}((?:act|rft|clt)(?:\.|%2e))[^\s"'<>&,;)\\]+`, 'gi'),
    `$1${REDACTED}`,
  ],
  [/((?:act|rft|clt)\.)[\w!*%~+/=-]{20,}[^\s"'<>&,;)\\]*/g, `$1${REDACTED}`],
  // Our own: API keys, invitations, set-up links.
  [/(gr[a-z]_)[A-Za-z0-9_-]{8,}/g, `$1${REDACTED}`],
  // Secrets that webhooks out are signed with.
  [/(whsec_)[A-Za-z0-9+/_-]{8,}=*/g, `$1${REDACTED}`],
  // Addresses that TikTok pulls media from; ids of media are shorter.
  [/(\/media\/)[A-Za-z0-9_-]{40,}/g, `$1${REDACTED}`],
  [/\b((?:Bearer|Basic)(?:\s|%20|\+)+)[^\s"'<>,;)\\]+/gi, `$1${REDACTED}`],
  [
    /((?:^|[\s"'\\{,;])(?:set-cookie|cookie|authorization)\s*[:=]\s*)[^\r\n"'\\]+/gi,
    `$1${REDACTED}`,
  ],
  // Fields of forms and queries, also when they stand in another's value.
  [
    new RegExp(String.raw`((?:${NAMES}|\bcode|\bstate)(?:=|%3D))[^&\s"'<>,;)\\]+`, 'gi'),
    `$1${REDACTED}`,
  ],
  // Fields of JSON in a text, and of objects as Node prints them, whole or cut off.
  [
    new RegExp(String.raw`((?:${NAMES})(?:["']|${ESCAPED})?\s*:\s*)"(?:[^"\\]|\\[^])*"?`, 'gi'),
    `$1"${REDACTED}"`,
  ],
  [
    new RegExp(String.raw`((?:${NAMES})(?:["']|${ESCAPED})?\s*:\s*)'(?:[^'\\]|\\[^])*'?`, 'gi'),
    `$1'${REDACTED}'`,
  ],
  [
    new RegExp(String.raw`((?:${NAMES})(${ESCAPED})\s*:\s*\2)(?:(?!\2)[^]|(?<=\\)\2)*`, 'gi'),
    `$1${REDACTED}`,
  ],
];

const CODE_FIELD = /(\bcode(?:\\*["'])?\s*:\s*\\*["'])([^"'\\]+)/g;

// Whatever a shape or a name could find, on the serialized line: most lines hold none of it and stay as they are.
const SUSPICIOUS = new RegExp(
  String.raw`(?:act|rft|clt)(?:\.|%2e)|gr[a-z]_|whsec_|bearer|basic|:\/\/|\bcode\b|\/media\/|\bstate(?:=|%3d)|${NAMES}`,
  'i',
);

// Shorter "secrets" would tear holes into ordinary words.
const SHORTEST_SECRET = 4;

// As it is, in a URL, in a form, in JSON, in base64.
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    encodeURIComponent(secret.toWellFormed()),
    new URLSearchParams([['', secret]]).toString().slice(1),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString('base64'),
    bytes.toString('base64url'),
  ];
}
