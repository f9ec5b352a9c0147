import { expect, test } from 'vitest';
import { documentedCodes } from '../../packages/emulator/test/documented-codes.ts';
import { listFaultCases } from '../faults/expectations.ts';
import { type Endpoint, WAYS, type Way } from '../faults/ways.ts';

/** What is documented and has no row. */
const LEFT_OUT: readonly {
  readonly where: string;
  /** Undefined: all that the page lists. */
  readonly answers?: readonly string[];
  readonly reason: string;
}[] = [
  { where: 'user/info', reason: 'no post calls it' },
  { where: 'video/query', reason: 'no post calls it' },
  {
    where: 'video/list',
    reason: 'called for the address of a public post, which is there already',
  },
  { where: 'authorize', reason: 'a page of the login' },
  {
    where: 'oauth',
    answers: ['invalid_scope', 'unsupported_response_type'],
    reason: 'only a login brings it about, and no renewal of tokens',
  },
  { where: 'upload', answers: ['201', '206'], reason: 'says that all is well' },
  { where: 'any path', reason: 'of paths that TikTok does not have' },
];

const cases = listFaultCases();
const names = cases.map(({ way, endpoint, fault }) => toName(way, endpoint, fault));
const pages = documentedCodes.map(({ answers, where }) => ({
  where,
  answers: answers.filter((answer) => !isLeftOut(where, answer)),
}));

function toName(way: Way, endpoint: Endpoint, fault: string): string {
  return [way.name, endpoint, fault].join(' | ');
}

function isLeftOut(page: string, answer: string): boolean {
  return LEFT_OUT.some(
    ({ where, answers }) => where === page && (answers === undefined || answers.includes(answer)),
  );
}

/** Where a post meets what a page lists. */
function placesOf(where: string): { readonly way: Way; readonly endpoint: Endpoint }[] {
  return WAYS.flatMap((way) =>
    endpointsOf(way)
      .filter((endpoint) => isListedFor(where, way, endpoint))
      .map((endpoint) => ({ way, endpoint })),
  );
}

/** What a way calls; the renewal of tokens is the same for all, and what is cancelled is fetched slowly. */
function endpointsOf({ init, mode, name, transfer }: Way): Endpoint[] {
  return [
    init,
    'status/fetch',
    ...(mode === 'DIRECT_POST' ? (['creator_info/query'] as const) : []),
    ...(transfer === 'upload' ? (['upload'] as const) : []),
    ...(name === 'foreign url' ? (['cancel'] as const) : []),
    ...(name === 'file' ? (['oauth'] as const) : []),
  ];
}

function isListedFor(where: string, way: Way, endpoint: Endpoint): boolean {
  if (where === 'fail_reason') return endpoint === way.init;
  // Uploads are answered without a code, and OAuth has codes of its own.
  if (where === 'any endpoint') return endpoint !== 'upload' && endpoint !== 'oauth';
  return where === endpoint;
}

function toFault(where: string, answer: string): string {
  if (where === 'fail_reason') return `fail_reason ${answer}`;
  if (where === 'upload' && answer === '5xx') return '503';
  return answer;
}

test.each(pages.filter(({ answers }) => answers.length > 0))(
  'whatever the reference lists for $where is met on each way that can meet it',
  ({ answers, where }) => {
    const places = placesOf(where);
    expect(places).not.toEqual([]);
    const wanted = places.flatMap(({ endpoint, way }) =>
      answers.map((answer) => toName(way, endpoint, toFault(where, answer))),
    );
    expect(wanted.filter((name) => !names.includes(name))).toEqual([]);
  },
);

test.each(LEFT_OUT)('what is left out of $where is documented: $reason', ({ answers, where }) => {
  const page = documentedCodes.find((one) => one.where === where);
  expect(page?.answers).toEqual(expect.arrayContaining([...(answers ?? [])]));
});

test('no case is there twice', () => {
  expect(new Set(names).size).toBe(names.length);
});
