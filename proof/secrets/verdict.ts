import type { Claim, Table } from '../report.ts';
import { allowances, findAllowance } from './allowed.ts';
import { type Evidence, places } from './evidence.ts';
import { type Find, Search } from './search.ts';

/** What the search of all evidence says. */
export interface Verdict {
  /** Secrets where they must not be. */
  readonly leaks: readonly Find[];
  readonly claims: readonly Claim[];
  readonly tables: readonly Table[];
}

/** Kinds of secrets that must have gone through the run, or it would prove nothing about them. */
const KINDS = [
  'access token',
  'refresh token',
  'authorization code',
  'code verifier',
  'state',
  'client secret',
  'password',
  'session',
  'setup token',
  'invitation token',
  'API key',
  'signing secret',
  'upload URL',
  'media address',
  'owner key',
  'database password',
  'metrics token',
  'collector key',
  'master key',
  'former master key',
  'data key',
];

/** Most leaks that are shown one by one. */
const SHOWN = 40;

/** Searches all evidence for all secrets. */
export function judge(evidence: Evidence, planted: string): Verdict {
  const search = new Search(evidence.canaries);
  const finds = evidence.haystacks.flatMap((haystack) => search.find(haystack));
  const isPlanted = ({ canary }: Find) => canary.startsWith('planted');
  const leaks = finds.filter((find) => !isPlanted(find) && findAllowance(find) === undefined);
  return {
    leaks,
    claims: [...claimPlanted(evidence, planted), claimKinds(evidence), ...claimAllowances(finds)],
    tables: [tellPlaces(evidence, finds, search), ...tellLeaks(leaks), tellAllowances(finds)],
  };
}

/** A planted living token has a name of its own already: it is looked for by its text. */
function claimPlanted(evidence: Evidence, planted: string): Claim[] {
  const search = new Search([{ name: 'planted', bytes: Buffer.from(planted) }]);
  const found = new Set<string>(
    evidence.haystacks.flatMap((haystack) => search.find(haystack)).map(({ place }) => place),
  );
  const missed = places.filter((place) => !found.has(place));
  const claim = `what was planted is found in each of ${places.length} places`;
  return [
    {
      claim: missed.length === 0 ? claim : `${claim} (not in: ${missed.join(', ')})`,
      holds: missed.length === 0,
    },
  ];
}

function claimKinds(evidence: Evidence): Claim {
  const missing = KINDS.filter((kind) => evidence.count(kind) === 0);
  const claim = `secrets of ${KINDS.length} kinds went through`;
  return {
    claim: missing.length === 0 ? claim : `${claim} (none of: ${missing.join(', ')})`,
    holds: missing.length === 0,
  };
}

function claimAllowances(finds: readonly Find[]): Claim[] {
  const idle = allowances.filter((one) => !finds.some((find) => findAllowance(find) === one));
  const seen = Map.groupBy(
    finds.filter((find) => findAllowance(find)?.isOnce === true),
    ({ canary }) => canary,
  );
  const twice = [...seen].filter(
    ([, own]) => new Set(own.map(({ haystack }) => haystack)).size > 1,
  );
  return [
    {
      claim: `every allowance is needed${idle.map(({ why }) => ` (not: ${why})`).join('')}`,
      holds: idle.length === 0,
    },
    {
      claim: `what is shown once was shown once${twice.map(([canary]) => ` (not: ${canary})`).join('')}`,
      holds: twice.length === 0,
    },
  ];
}

function tellPlaces(evidence: Evidence, finds: readonly Find[], search: Search): Table {
  return {
    title: `${evidence.canaries.length} secrets in ${search.forms} forms`,
    headings: ['place', 'searched', 'bytes', 'planted found', 'allowed', 'leaks'],
    rows: places.map((place) => {
      const own = evidence.haystacks.filter((one) => one.place === place);
      const found = finds.filter((find) => find.place === place);
      const isPlanted = (find: Find) => find.canary.startsWith('planted');
      const allowed = found.filter((find) => findAllowance(find) !== undefined);
      return [
        place,
        own.length,
        own.reduce((sum, { bytes }) => sum + bytes.length, 0),
        found.filter(isPlanted).length,
        allowed.length,
        found.filter((find) => !isPlanted(find)).length - allowed.length,
      ];
    }),
  };
}

function tellLeaks(leaks: readonly Find[]): Table[] {
  if (leaks.length === 0) return [];
  return [
    {
      title: leaks.length > SHOWN ? `Leaks, the first ${SHOWN} of ${leaks.length}` : 'Leaks',
      headings: ['place', 'source', 'secret', 'form'],
      rows: leaks
        .slice(0, SHOWN)
        .map(({ place, source, canary, form }) => [place, source, canary, form]),
    },
  ];
}

function tellAllowances(finds: readonly Find[]): Table {
  return {
    title: 'Where secrets belong',
    headings: ['place', 'what', 'seen'],
    rows: allowances.map((one) => [
      one.place,
      one.why,
      finds.filter((find) => findAllowance(find) === one).length,
    ]),
  };
}
