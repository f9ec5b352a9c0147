import { channel } from 'node:diagnostics_channel';
import type { FastifyBaseLogger } from 'fastify';
import { type DestinationStream, destination, pino, stdTimeFunctions } from 'pino';
import { countRedactions, REDACTED, redactLine } from './redact.ts';
import { serializeError } from './serialize-error.ts';

/** Where the server's parts write what happened: pino's logger as Fastify knows it, whose lines hold no secret. */
export type Log = FastifyBaseLogger;

/** How a log is made. */
export interface LogOptions {
  /** The least grave lines that are written; default `info`. */
  readonly level?: string;
  /** Texts that no line may hold, besides what looks like a secret. */
  readonly secrets?: readonly string[];
  /** Where lines go; default stderr, for stdout is for data. */
  readonly destination?: DestinationStream;
}

/**
 * Makes the log: one JSON object a line.
 *
 * Secrets are taken out twice: known paths by pino, and whatever looks like a secret out of the whole line,
 * error messages, stacks and causes included. Path redaction alone let tokens through.
 */
export function createLog(options: LogOptions = {}): Log {
  const { level = 'info', secrets = [] } = options;
  return pino(
    {
      level,
      // A line of another process must be told apart: several may write to one place.
      base: { pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: serializeError, error: serializeError },
      redact: { paths: [...SECRET_PATHS], censor: REDACTED },
      hooks: { streamWrite: (line) => filter(line, secrets) },
    },
    // Written at once: the line that explains a crash must not be lost with it.
    options.destination ?? destination({ dest: 2, sync: true }),
  );
}

/** Name of the diagnostics channel on which each line is told out of which something was taken; never the line. */
export const REDACTION_CHANNEL = 'greenroom.log.redacted';

function filter(line: string, secrets: readonly string[]): string {
  const clean = redactLine(line, secrets);
  if (clean !== line && countRedactions(clean) > countRedactions(line)) {
    channel(REDACTION_CHANNEL).publish({});
  }
  return clean;
}

const SECRET_PATHS: readonly string[] = [
  'req.headers.authorization',
  'req.headers.cookie',
  'res.headers["set-cookie"]',
  'headers.authorization',
  'headers.cookie',
  'password',
  '*.password',
  'body',
  'req.body',
];
