import { type Operation, operations } from '@greenroom/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Cursors } from '../../src/http/page.ts';
import { ProblemError } from '../../src/http/problem-error.ts';
import { listTables } from '../support/catalogue.ts';
import { connect } from '../support/connect.ts';
import { TableFiller } from '../support/fill-tables.ts';
import { type HttpServer, startHttpServer } from './support/http-server.ts';

describe('cursors', () => {
  const cursors = new Cursors('things', z.string());
  const at = new Date('2026-11-21T16:00:00.123Z');
  const rows = (count: number) => Array.from({ length: count }, (_, index) => index);
  const cut = (count: number, limit: number) =>
    cursors.page(rows(count), limit, (row) => ({ at, id: `id ${row}` }), String);

  test('a page says where it ended, unless it was the last', () => {
    expect(cut(2, 3)).toEqual({ items: ['0', '1'], next_cursor: null });
    expect(cut(3, 3)).toEqual({ items: ['0', '1', '2'], next_cursor: null });
    const { items, next_cursor: next } = cut(4, 3);
    expect(items).toEqual(['0', '1', '2']);
    expect(cursors.read(next ?? undefined)).toEqual({ at, id: 'id 2' });
    expect(cut(0, 3)).toEqual({ items: [], next_cursor: null });
  });

  test('no cursor is the beginning', () => {
    expect(cursors.read(undefined)).toBeUndefined();
  });

  test('whatever a list is sorted by comes back as it was', () => {
    const instants = fc.date({
      noInvalidDate: true,
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
    });
    fc.assert(
      fc.property(instants, fc.string({ unit: 'binary' }), (instant, id) => {
        fc.pre(id.isWellFormed() && !id.includes('\u0000'));
        const position = { at: instant, id };
        const { next_cursor: next } = cursors.page([1, 2], 1, () => position, String);
        expect(cursors.read(next ?? undefined)).toEqual(position);
      }),
    );
  });

  test('what no list gave is refused', () => {
    const other = new Cursors('others', z.string());
    const { next_cursor: foreign } = other.page([1, 2], 1, () => ({ at, id: 'a' }), String);
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

  /** Where each list is, by the name that its cursors carry. */
  const paths = {
    accounts: '/accounts',
    activity: '/activity',
    alerts: '/alerts',
    'api-keys': '/api-keys',
    apps: '/apps',
    'exported-posts': '/exports/posts',
    invitations: '/invitations',
    media: '/media',
    members: '/members',
    posts: '/posts',
    timeline: '/posts/{id}/timeline',
    'webhook-deliveries': '/webhook-endpoints/{id}/deliveries',
    'webhook-endpoints': '/webhook-endpoints',
  };
  // Object.keys widens them to string.
  const lists = Object.keys(paths) as (keyof typeof paths)[];
  const ids = { posts: '', 'webhook-endpoints': '' };
  beforeAll(async () => {
    const url = 'https://example.com/hook';
    ids['webhook-endpoints'] = (await server.api.createWebhookEndpoint({ url })).id;
    await using owner = await connect(server.databaseUrl);
    const posts = (await listTables(owner.client)).find(({ name }) => name === 'posts');
    if (posts !== undefined) await new TableFiller(owner.client).fill(posts, server.workspaceId);
    const [post] = await server.rows<{ id: string }>('select id from posts');
    ids.posts = post?.id ?? '';
  });

  /** Asks for a page behind a place. */
  function ask(list: keyof typeof paths, key: unknown): Promise<Response> {
    const cursor = Buffer.from(JSON.stringify([list, key])).toString('base64url');
    const owner = list === 'timeline' ? 'posts' : 'webhook-endpoints';
    const path = paths[list].replace('{id}', ids[owner]);
    return fetch(`${server.url}/api/v1${path}?cursor=${cursor}`, {
      headers: { authorization: `Bearer ${server.apiKey}` },
    });
  }

  test('every list with a cursor is looked at here', () => {
    const withCursor = Object.values<Operation>(operations).filter(
      ({ query }) => query !== undefined && 'cursor' in query.shape,
    );
    // Which workspaces there are is a list of persons only.
    expect(withCursor.map(({ path }) => path).sort()).toEqual(
      [...Object.values(paths), '/workspaces'].sort(),
    );
  });

  const at = '2026-11-21T16:00:00.000Z';
  const id = '00000000-0000-4000-8000-000000000000';
  test.each(lists)('of %s takes no cursor that somebody made up', async (list) => {
    const keys: unknown[] = [
      ...[
        [at, '\u0000'],
        [at, '\ud800'],
        [at, `x\u0000${id}`],
        [at, -1],
        [at, 1.5],
        [at, 1e300],
      ],
      ...[[at, null], [at, id, id], [at], [], null, 'x', { 0: at, 1: id }],
      ...[
        ['\u0000', id],
        ['2026-02-30T00:00:00Z', id],
        ['infinity', id],
        [0, 1],
        [at, `${id}'--`],
      ],
    ];
    for (const key of keys) {
      const answer = await ask(list, key);
      // Where a list is sorted by texts, some of these are texts.
      const isText = list === 'members' && Array.isArray(key) && key[1] === `${id}'--`;
      expect([JSON.stringify(key), answer.status]).toEqual([
        JSON.stringify(key),
        isText ? 200 : 400,
      ]);
    }
  });

  test.each(lists)('of %s takes any instant in a cursor', async (list) => {
    for (const instant of [
      '0000-01-01T00:00:00Z',
      '0001-01-01T00:00:00Z',
      '9999-12-31T23:59:59Z',
    ]) {
      const isNumbered = list === 'activity' || list === 'timeline';
      const answer = await ask(list, [instant, isNumbered ? Number.MAX_SAFE_INTEGER : id]);
      expect([instant, answer.status]).toEqual([instant, 200]);
    }
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
