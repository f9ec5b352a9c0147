import {
  type Access,
  access,
  isRoleAtLeast,
  type Operation,
  operations,
  roles,
  scopeRoles,
} from '@greenroom/contract';
import { describe, expect, test } from 'vitest';

test.each([
  ['viewer', 'viewer', true],
  ['viewer', 'editor', false],
  ['viewer', 'owner', false],
  ['editor', 'viewer', true],
  ['editor', 'editor', true],
  ['editor', 'owner', false],
  ['owner', 'viewer', true],
  ['owner', 'editor', true],
  ['owner', 'owner', true],
] as const)('a %s may do what a %s may: %s', (role, least, expected) => {
  expect(isRoleAtLeast(role, least)).toBe(expected);
});

describe.each(Object.entries<Access>(access))('%s', (id, { role, scope }) => {
  test('a scope opens nothing that the role which hands it out may not do', () => {
    if (scope === undefined || role === 'public' || role === 'person') return;
    // Managing keys is the exception: an editor makes keys with the editor’s own scopes.
    if (id.endsWith('ApiKey') || id.endsWith('ApiKeys')) return;
    expect(isRoleAtLeast(scopeRoles[scope], role)).toBe(true);
  });

  test('an API key reads with scopes to read, and changes with others', () => {
    if (scope === undefined) return;
    const operation = Object.values<Operation>(operations).find((one) => one.id === id);
    if (operation?.method !== 'GET') expect(scope).not.toMatch(/:read$/);
  });
});

test('there are three roles', () => {
  expect(roles).toEqual(['viewer', 'editor', 'owner']);
});
