import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Cursors } from '../../src/http/page.ts';
import { ProblemError } from '../../src/http/problem-error.ts';
import { type HttpServer, startHttpServer } from './support/http-server.ts';

describe('cursors', () => {
  const cursors = new Cursors('things', z.tuple([z.string(), z.number()]));
  const rows = (count: number) => Array.from({ length: count }, (_, index) => index);
  const cut = (count: number, limit: number) =>
    cursors.page(rows(count), limit, (row) => [`key ${row}`, row], String);

  test('a page says where it ended, unless it was the last', () => {
    expect(cut(2, 3)).toEqual({ items: ['0', '1'], next_cursor: null });
    expect(cut(3, 3)).toEqual({ items: ['0', '1', '2'], next_cursor: null });
    const { items, next_cursor: next } = cut(4, 3);
    expect(items).toEqual(['0', '1', '2']);
    expect(cursors.read(next ?? undefined)).toEqual(['key 2', 2]);
    expect(cut(0, 3)).toEqual({ items: [], next_cursor: null });
  });

  test('no cursor is the beginning', () => {
    expect(cursors.read(undefined)).toBeUndefined();
  });

  test('whatever a list is sorted by comes back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer(), (text, number) => {
        fc.pre(text.isWellFormed());
        const { next_cursor: next } = cursors.page([1, 2], 1, () => [text, number], String);
        expect(cursors.read(next ?? undefined)).toEqual([text, number]);
      }),
    );
  });

  test('what no list gave is refused', () => {
    const other = new Cursors('others', z.tuple([z.string(), z.number()]));
    const { next_cursor: foreign } = other.page([1, 2], 1, () => ['a', 1], String);
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.base64String(), fc.json(), fc.constant(foreign ?? '')),
        (text) => {
          expect(() => cursors.read(text)).toThrow(ProblemError);
        },
      ),
    );
  });
});

describe('a list', () => {
  let server: HttpServer;
  beforeAll(async () => {
    server = await startHttpServer();
    for (let index = 0; index < 25; index += 1)
      await server.api.createInvitation({ role: 'viewer' });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test.each([1, 7, 24, 25, 26, 100])('gives every entry once in pages of %i', async (limit) => {
    const whole = (await server.api.listInvitations({ limit: 100 })).items.map(({ id }) => id);
    const paged: string[] = [];
    for await (const { id } of server.api.each.listInvitations({ limit })) paged.push(id);
    expect(paged).toEqual(whole);
    expect(new Set(paged).size).toBe(whole.length);
  });

  test('stays as it was for who is reading, whatever is added meanwhile', async () => {
    const whole = (await server.api.listInvitations({ limit: 100 })).items.map(({ id }) => id);
    const paged: string[] = [];
    for await (const { id } of server.api.each.listInvitations({ limit: 4 })) {
      if (paged.length % 4 === 0) await server.api.createInvitation({ role: 'editor' });
      paged.push(id);
    }
    expect(paged).toEqual(whole);
  });

  test('takes no cursor of another list', async () => {
    const { next_cursor: next } = await server.api.listInvitations({ limit: 1 });
    const thrown = server.api.listApiKeys({ cursor: next ?? '' });
    await expect(thrown).rejects.toMatchObject({
      code: 'invalid-cursor',
      problem: { errors: [{ in: 'query', pointer: '/cursor' }] },
    });
  });

  test('shows another workspace nothing, whatever the cursor', async () => {
    const { next_cursor: next } = await server.api.listInvitations({ limit: 1 });
    const stranger = await server.addKey(await server.addWorkspace());
    const answer = await fetch(`${server.url}/api/v1/invitations?cursor=${next}`, {
      headers: { authorization: `Bearer ${stranger}` },
    });
    expect(await answer.json()).toEqual({ items: [], next_cursor: null });
  });
});
