import { inspect } from 'node:util';

/** Makes a line for a person of a line of JSON: the time of day, the level, the words, then the facts. */
export function toPlainLine(line: string): string {
  // Our own log wrote it, and its redaction kept it JSON.
  const { err, level, msg, pid: _pid, time, ...facts } = JSON.parse(line) as Fields;
  const words = [
    String(time).slice(11, 19),
    String(level).padEnd(5),
    String(msg ?? ''),
    ...Object.entries(facts).map(([name, value]) => `${name}=${toText(value)}`),
  ];
  const stack = isWrittenError(err) ? `\n${err.stack ?? err.message}` : '';
  return `${words.join(' ')}${stack}\n`;
}

type Fields = Readonly<Record<string, unknown>>;

function toText(value: unknown): string {
  return typeof value === 'string'
    ? value
    : inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 3 });
}

function isWrittenError(
  value: unknown,
): value is { readonly message: string; readonly stack?: string } {
  return typeof value === 'object' && value !== null && 'message' in value;
}
