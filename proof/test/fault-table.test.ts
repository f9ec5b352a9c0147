import { expect, test } from 'vitest';
import { documentedCodes } from '../../packages/emulator/test/documented-codes.ts';
import { listFaultCases } from '../faults/expectations.ts';
import { WAYS } from '../faults/ways.ts';

const cases = listFaultCases();

function faultsOf(way: string, endpoint: string): string[] {
  return cases
    .filter((one) => one.way.name === way && one.endpoint === endpoint)
    .map(({ fault }) => fault);
}

function documented(where: string): readonly string[] {
  return documentedCodes.find((page) => page.where === where)?.answers ?? [];
}

test.each(WAYS)('$name meets every code that the reference lists for what it calls', (way) => {
  const endpoints = [
    way.init,
    'status/fetch',
    ...(way.mode === 'DIRECT_POST' ? ['creator_info/query'] : []),
  ];
  for (const endpoint of endpoints) {
    expect(faultsOf(way.name, endpoint)).toEqual(expect.arrayContaining([...documented(endpoint)]));
  }
});

test.each(WAYS)('$name meets every fail_reason', (way) => {
  const reasons = documented('fail_reason').map((reason) => `fail_reason ${reason}`);
  expect(reasons).toHaveLength(13);
  expect(faultsOf(way.name, way.init)).toEqual(expect.arrayContaining(reasons));
});

test('cancel, upload and token requests meet every code', () => {
  expect(faultsOf('foreign url', 'cancel')).toEqual(
    expect.arrayContaining([...documented('cancel')]),
  );
  // 201 and 206 say that all is well; 5xx is one of them.
  const refused = documented('upload').filter((status) => /^4/.test(status));
  for (const way of ['file', 'inbox']) {
    expect(faultsOf(way, 'upload')).toEqual(expect.arrayContaining([...refused, '503']));
  }
  // What only a login, and no renewal of tokens, can bring about is left to the tests of connecting.
  const ofLogins = ['invalid_scope', 'unsupported_response_type'];
  const oauth = documented('oauth').filter((code) => !ofLogins.includes(code));
  expect(faultsOf('file', 'oauth')).toEqual(expect.arrayContaining(oauth));
});

test('no case is there twice', () => {
  const names = cases.map(({ way, endpoint, fault }) => [way.name, endpoint, fault].join(' | '));
  expect(new Set(names).size).toBe(names.length);
});
