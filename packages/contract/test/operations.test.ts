import { access, type Operation, operations, problemKinds } from '@greenroom/contract';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

const all = Object.entries<Operation>(operations);

test('no two operations share a method and a path', () => {
  const addresses = all.map(([, { method, path }]) => `${method} ${path.replace(/\{\w+\}/, '{}')}`);
  expect(new Set(addresses).size).toBe(all.length);
});

test('the table of access knows every operation and no other', () => {
  expect(Object.keys(access).sort()).toEqual(Object.keys(operations).sort());
});

describe.each(all)('%s', (name, operation) => {
  const params = Object.keys(operation.params?.shape ?? {});
  const query = Object.keys(operation.query?.shape ?? {});
  const body = Object.keys(operation.body?.shape ?? {});

  test('is called by its own name', () => {
    expect(operation.id).toBe(name);
  });

  test('has a schema for each parameter of its path, and for no other', () => {
    const inPath = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, one]) => one);
    expect(params).toEqual(inPath);
  });

  test('has no field twice, for the client takes them side by side', () => {
    const fields = [...params, ...query, ...body];
    expect(new Set(fields).size).toBe(fields.length);
  });

  test('refuses unknown fields', () => {
    for (const schema of [operation.params, operation.query, operation.body]) {
      const parsed = schema?.safeParse({ 'no such field': 1 });
      if (parsed === undefined) continue;
      expect(parsed.error?.issues.map((issue) => issue.code)).toContain('unrecognized_keys');
    }
  });

  test('reads nothing from a body where it only looks', () => {
    if (operation.method === 'GET') expect(operation.body).toBeUndefined();
  });

  test('has problems of the catalogue, each once', () => {
    expect(new Set(operation.problems).size).toBe(operation.problems.length);
    expect(Object.keys(problemKinds)).toEqual(expect.arrayContaining([...operation.problems]));
  });

  test('answers in pages exactly where it takes a cursor', () => {
    const answer = operation.answers[200];
    const isPage = answer instanceof z.ZodObject && 'next_cursor' in answer.shape;
    expect(isPage).toBe(query.includes('cursor'));
    expect(query.includes('limit')).toBe(isPage);
  });

  test('takes an Idempotency-Key exactly where it answers 201', () => {
    const isJoining = name === 'acceptInvitation';
    expect(operation.creates ?? false).toBe(201 in operation.answers && !isJoining);
  });

  test('can leave out of a stored answer what it shows once', () => {
    for (const field of operation.onceFields ?? []) {
      const answer = operation.answers[201];
      expect(answer).toBeInstanceOf(z.ZodObject);
      const shape = answer instanceof z.ZodObject ? answer.shape : {};
      expect(shape[field].safeParse(null).success).toBe(true);
    }
  });
});
