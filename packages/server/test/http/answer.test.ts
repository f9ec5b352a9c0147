import { operations } from '@greenroom/contract';
import { describe, expect, test } from 'vitest';
import { keepContract } from '../../src/http/answer.ts';
import { route } from '../../src/http/route.ts';
import { startHttpServer } from './support/http-server.ts';

const WORKSPACE = {
  id: '0f6f4f0e-7c3e-4f43-9d59-2b8a1f3f6a10',
  name: 'Main',
  created_at: '2026-11-21T16:00:00.000Z',
};

describe('an answer', () => {
  test('that keeps the contract goes out as it is', () => {
    const answer = { status: 200, body: WORKSPACE };
    expect(keepContract(operations.getWorkspace, answer, true)).toEqual(answer);
    const empty = { status: 204 };
    expect(keepContract(operations.signOut, empty, true)).toEqual(empty);
  });

  test('loses what the contract does not have, and in tests is refused', () => {
    const answer = { status: 200, body: { ...WORKSPACE, token_hash: 'x' } };
    expect(keepContract(operations.getWorkspace, answer, false).body).toEqual(WORKSPACE);
    expect(() => keepContract(operations.getWorkspace, answer, true)).toThrow(
      'getWorkspace answered a field that the contract does not have',
    );
  });

  test('with a wrong field is refused without repeating it', () => {
    const answer = { status: 200, body: { ...WORKSPACE, id: 'canary' } };
    expect(() => keepContract(operations.getWorkspace, answer, false)).toThrow(
      'getWorkspace answered fields that break the contract: id (invalid_format)',
    );
  });

  test('with a status of no operation is refused', () => {
    expect(() => keepContract(operations.getWorkspace, { status: 202 }, false)).toThrow(
      'getWorkspace answered 202, which the contract does not have',
    );
  });
});

test('a handler’s answer is checked at compile time', async () => {
  await using _server = await startHttpServer({
    routes: (app, services) => {
      app.register(async (scope) => {
        const other = { ...operations.getWorkspace, path: '/test' } as const;
        // @ts-expect-error -- The body lacks a name.
        route(scope, services, other, async () => ({
          status: 200,
          body: { id: WORKSPACE.id, created_at: WORKSPACE.created_at },
        }));
      });
    },
  });
});
