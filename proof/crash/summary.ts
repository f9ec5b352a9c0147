import type { Claim, Outcome as Proof, Table } from '../report.ts';
import type { AwaitSite } from './await-sites.ts';
import { FLOWS } from './flows.ts';
import { findOffPath } from './off-path.ts';
import type { Engine, Outcome, Progress, Target } from './progress.ts';
import { listAwaitSites } from './publish-path.ts';
import type { Aftermath } from './run-case.ts';

/** What is reported about. */
export interface SummaryOptions {
  readonly seed: number;
  readonly mutant: string | undefined;
  /** Whether only some of the kills were asked for: then not every place can be reached. */
  readonly isSample: boolean;
  readonly progress: Progress;
}

const LONGEST_RESUME_MS = 10_000;
const ENGINES: readonly Engine[] = ['embedded', 'postgresql'];

type Done = { readonly target: Target; readonly outcome: Outcome };

/** Makes the report of a run. */
export function summarize({ seed, mutant, isSample, progress }: SummaryOptions): Proof {
  const { all } = progress;
  const sites = listAwaitSites();
  const found = new Set(sites.map(({ id }) => id));
  const reached = new Set(
    ENGINES.flatMap((engine) => FLOWS.flatMap(({ name }) => reachedBy(progress, engine, name))),
  );
  const visited = new Set(
    ENGINES.flatMap((engine) =>
      FLOWS.flatMap(({ name }) => progress.findReached(engine, name) ?? []),
    ),
  );
  const killed = new Set(
    all.flatMap(({ target, outcome }) => (outcome.isObeyed ? [lastOf(target)] : [])),
  );
  const kills = sum(all, countKills);
  return {
    proof: 'crash',
    seed,
    runs: all.length,
    faults: kills,
    duplicates: sum(all, ({ duplicates }) => duplicates),
    lost: sum(all, ({ lost }) => lost),
    claims: [
      ...claimsOnPlaces({ sites, reached, visited, killed, isSample, all }),
      claimOnResumes(all),
    ],
    tables: [
      toTable(progress, found.size),
      ...toListTable('Places that no flow comes to, and why', sites, reached),
    ],
    notes: [
      `Places that wait: ${found.size}; reached ${reached.size}, killed at ${killed.size}.`,
      'A kill is pending (the awaited work has begun, two turns of the event loop ago) or settled (it is done, the function has not gone on).',
      `A person was asked about ${all.filter(({ outcome }) => outcome.isAsked).length} of ${all.length} posts: TikTok had fetched the media and no fact told of the post.`,
      ...(mutant === undefined ? [] : [`mutant: ${mutant}`]),
    ],
  };
}

/** Places that a flow came to, before a kill or behind one. */
function reachedBy(progress: Progress, engine: Engine, flow: string): readonly string[] {
  const behind = doneOf(progress.all, engine, flow).flatMap(({ outcome }) => outcome.reached);
  return [...new Set([...(progress.findReached(engine, flow) ?? []), ...behind])];
}

function claimsOnPlaces({
  sites,
  reached,
  visited,
  killed,
  isSample,
  all,
}: {
  readonly sites: readonly AwaitSite[];
  readonly reached: ReadonlySet<string>;
  /** Those that a flow comes to when nobody dies. */
  readonly visited: ReadonlySet<string>;
  readonly killed: ReadonlySet<string>;
  readonly isSample: boolean;
  readonly all: readonly Done[];
}): Claim[] {
  const excused = sites.filter((site) => findOffPath(site) !== undefined);
  const wrongly = excused.filter((site) => reached.has(site.id) && !isByChance(site));
  const landed = all.filter(({ outcome }) => outcome.isObeyed).length;
  const claims: Claim[] = [
    {
      claim: `${excused.length} places are said to be reached by no flow, or by chance alone, and ${wrongly.length} of the former were reached${namesOf(wrongly)} (must be 0)`,
      holds: wrongly.length === 0,
    },
  ];
  if (isSample) {
    const claim = `${landed} of ${all.length} ordered kills landed (must be most)`;
    return [...claims, { claim, holds: landed * 2 > all.length }];
  }
  const unreached = sites.filter(
    (site) => !reached.has(site.id) && findOffPath(site) === undefined,
  );
  const spared = sites.filter(({ id }) => reached.has(id) && !killed.has(id));
  const missed = spared.filter((site) => !isByChance(site) || visited.has(site.id));
  const byChance = spared.filter((site) => !missed.includes(site));
  return [
    ...claims,
    {
      claim: `${unreached.length} places of the publish path are reached by no flow${namesOf(unreached)} (must be 0)`,
      holds: unreached.length === 0,
    },
    {
      claim: `${missed.length} places were reached and nobody was killed there${namesOf(missed)} (must be 0); ${byChance.length} more by chance alone, and not again when somebody was to die there${namesOf(byChance)}`,
      holds: missed.length === 0,
    },
  ];
}

function isByChance(site: AwaitSite): boolean {
  return findOffPath(site)?.isChance === true;
}

function claimOnResumes(all: readonly Done[]): Claim {
  const times = resumesOf(all);
  const slow = times.filter((ms) => ms > LONGEST_RESUME_MS).length;
  const aftermaths = all.flatMap(({ outcome }) => outcome.aftermaths);
  const count = (wanted: Aftermath) => aftermaths.filter((one) => one === wanted).length;
  const missing = count('nobody came');
  return {
    claim: [
      `after ${times.length} of ${aftermaths.length} kills another process was seen to go on, the slowest after ${times.at(-1) ?? 0} ms; ${slow} later than 10 s (must be 0)`,
      `${count('was at its end')} posts needed nobody any more: they were at their end when the kill was noticed`,
      `${count('killed again')} successors were killed before anything was seen of them`,
      `${missing} posts were not at their end, and nobody came (must be 0)`,
    ].join('; '),
    holds: slow + missing === 0,
  };
}

function toTable(progress: Progress, found: number): Table {
  const rows = ENGINES.flatMap((engine) =>
    FLOWS.flatMap(({ name }) => {
      const done = doneOf(progress.all, engine, name);
      if (progress.findReached(engine, name) === undefined) return [];
      const killed = new Set(
        done.flatMap(({ target, outcome }) => (outcome.isObeyed ? [lastOf(target)] : [])),
      );
      const times = resumesOf(done);
      return [
        [
          engine,
          name,
          found,
          reachedBy(progress, engine, name).length,
          killed.size,
          sum(done, countKills),
          times[Math.floor(times.length / 2)] ?? null,
          times.at(-1) ?? null,
          done.filter(({ outcome }) => outcome.isAsked).length,
          sum(done, ({ duplicates }) => duplicates),
          sum(done, ({ lost }) => lost),
        ],
      ];
    }),
  );
  return {
    title: 'Places and kills',
    headings: [
      'engine',
      'flow',
      'found',
      'reached',
      'killed at',
      'kills',
      'resume p50 ms',
      'max ms',
      'asked a person',
      'duplicates',
      'lost',
    ],
    rows,
  };
}

function toListTable(
  title: string,
  sites: readonly AwaitSite[],
  reached: ReadonlySet<string>,
): Table[] {
  const rows = sites.flatMap((site) => {
    const reason = findOffPath(site)?.reason;
    return reason === undefined || reached.has(site.id)
      ? []
      : [{ where: `${site.file} ${site.within}`.trim(), reason }];
  });
  const counts = new Map<string, { readonly reason: string; count: number }>();
  for (const { where, reason } of rows) {
    const entry = counts.get(where) ?? { reason, count: 0 };
    entry.count += 1;
    counts.set(where, entry);
  }
  return [
    {
      title,
      headings: ['function', 'places', 'reason'],
      rows: [...counts].map(([where, { count, reason }]) => [where, count, reason]),
    },
  ];
}

function doneOf(all: readonly Done[], engine: Engine, flow: string): readonly Done[] {
  return all.filter(({ target }) => target.engine === engine && target.flow === flow);
}

function lastOf({ deaths: { first, second } }: Target): string {
  return (second ?? first).site;
}

function resumesOf(all: readonly Done[]): readonly number[] {
  return all
    .flatMap(({ outcome }) => outcome.aftermaths.filter((one) => typeof one === 'number'))
    .sort((a, b) => a - b);
}

function countKills({ aftermaths }: Outcome): number {
  return aftermaths.length;
}

function namesOf(sites: readonly AwaitSite[]): string {
  return sites.length === 0
    ? ''
    : `: ${sites.map(({ id, within }) => `${id} ${within}`).join(', ')}`;
}

function sum(all: readonly Done[], count: (outcome: Outcome) => number): number {
  return all.reduce((total, { outcome }) => total + count(outcome), 0);
}
