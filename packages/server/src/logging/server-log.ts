import { type DestinationStream, destination } from 'pino';
import type { Config } from '../config/config.ts';
import { createLog, type Log } from './log.ts';
import { toPlainLine } from './plain-line.ts';

/** Makes the log that a configuration asks for, on stderr: lines of JSON, or of words for a person at a terminal. */
export function createServerLog(config: Config): Log {
  const { logFormat = process.stderr.isTTY ? 'text' : 'json', logLevel } = config;
  // Written at once: the line that explains a crash must not be lost with it.
  const stderr = destination({ dest: 2, sync: true });
  // A reader that has gone away, such as `head`, is no reason to stop serving.
  stderr.on('error', () => undefined);
  const inWords: DestinationStream = { write: (line) => stderr.write(toPlainLine(line)) };
  return createLog({
    level: logLevel,
    secrets: secretsOf(config),
    destination: logFormat === 'text' ? inWords : stderr,
  });
}

/** What no line may hold whatever it looks like: a database's password looks like nothing. */
function secretsOf({ databaseUrl }: Config): string[] {
  const password = databaseUrl === undefined ? '' : new URL(databaseUrl.open()).password;
  return password === '' ? [] : [...new Set([password, decodeURIComponent(password)])];
}
