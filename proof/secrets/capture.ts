import type { Claim } from '../report.ts';
import type { Evidence } from './evidence.ts';
import { Search } from './search.ts';

/** Where the server's own log is kept. */
export const SERVER_LOG = 'stderr of greenroom serve';

/**
 * Claims that what the server writes by itself was captured: in a log that is empty, cut or of another level no
 * secret is found either.
 *
 * @param metrics - What `/metrics` answered.
 * @param asked - Requests that had been answered by then.
 */
export function claimCapture(
  evidence: Evidence,
  planted: string,
  { asked, metrics }: { readonly asked: number; readonly metrics: string },
): Claim[] {
  const logs = evidence.haystacks.filter(({ source }) => source === SERVER_LOG);
  const lines = logs.flatMap(({ bytes }) => bytes.toString().split('\n').flatMap(toLine));
  const requests = lines.filter(({ msg }) => msg === 'request').length;
  const levels = new Set(lines.map(({ level }) => level));
  const search = new Search([{ name: 'planted', bytes: Buffer.from(planted) }]);
  const counted = countRequests(metrics);
  const series = metrics.match(/^greenroom_/gmu)?.length ?? 0;
  const all = countAsked(evidence);
  return [
    {
      claim: `the server's log has a line for each of ${all} requests (${requests}), from debug to error`,
      holds:
        all > 100 &&
        requests >= all &&
        ['debug', 'info', 'warn', 'error'].every((one) => levels.has(one)),
    },
    {
      claim: "what TikTok was made to say is in the server's log",
      holds: logs.some((log) => search.find(log).length > 0),
    },
    {
      claim: `the metrics count each of ${asked} requests (${counted}), in ${series} series of our own`,
      holds: asked > 100 && counted >= asked && series > 50,
    },
  ];
}

/** Requests that visitors have sent so far: each answer was kept, and its headers beside it. */
export function countAsked(evidence: Evidence): number {
  return evidence.haystacks.filter(
    ({ place, source }) =>
      (place === 'answers' || place === 'errors') && /^[A-Z]+ \//u.test(source),
  ).length;
}

function countRequests(metrics: string): number {
  return [...metrics.matchAll(/^greenroom_http_request_seconds_count\{.*\} (\d+)$/gmu)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
}

function toLine(text: string): { readonly level: string; readonly msg: string }[] {
  try {
    const { level, msg }: Record<string, unknown> = JSON.parse(text);
    return [{ level: String(level), msg: String(msg) }];
  } catch {
    // What is said to people before the log begins.
    return [];
  }
}
