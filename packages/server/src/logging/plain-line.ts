import { inspect } from 'node:util';

/**
 * Makes a line for a person of a line of JSON: the time of day, the level, the words, then the facts.
 *
 * Texts of other people are in it: what would begin another line or steer a terminal is written as in JSON.
 */
export function toPlainLine(line: string): string {
  // Our own log wrote it, and its redaction kept it JSON.
  const { err, level, msg, pid: _pid, time, ...facts } = JSON.parse(line) as Fields;
  const words = [
    String(time).slice(11, 19),
    String(level).padEnd(5),
    String(msg ?? ''),
    ...Object.entries(facts).map(([name, value]) => `${name}=${toText(value)}`),
  ].map(escapeControls);
  const stack = isWrittenError(err) ? (err.stack ?? err.message).split('\n') : [];
  return `${[words.join(' '), ...stack.map(toIndented)].join('\n')}\n`;
}

type Fields = Readonly<Record<string, unknown>>;

function toText(value: unknown): string {
  return typeof value === 'string'
    ? value
    : inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 3 });
}

function toIndented(line: string): string {
  return `    ${escapeControls(line.trim())}`;
}

function escapeControls(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function isWrittenError(
  value: unknown,
): value is { readonly message: string; readonly stack?: string } {
  return typeof value === 'object' && value !== null && 'message' in value;
}
