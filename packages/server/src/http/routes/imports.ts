import { operations } from '@greenroom/contract';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { askCreators } from '../../posts/import/ask-creators.ts';
import { checkImport } from '../../posts/import/check-import.ts';
import { createImport } from '../../posts/import/create-import.ts';
import { toImportRows } from '../../posts/import/export-rows.ts';
import { writeCsv } from '../../posts/import/write-csv.ts';
import { listPosts } from '../../posts/list-posts.ts';
import { requirePublishing } from '../../posts/require-publishing.ts';
import { toDate } from '../../posts/to-date.ts';
import { Cursors, positionOf } from '../page.ts';
import { route, routeAfterAsking } from '../route.ts';
import type { Services } from '../services.ts';

/** Registers what takes and gives many posts at once. */
export function registerImports(app: FastifyInstance, services: Services): void {
  const cursors = new Cursors('exported-posts', z.uuid());

  routeAfterAsking(app, services, operations.checkImport, {
    isNeeded: ({ body }) => body.check_creator,
    ask: ({ body, principal }) => askCreators(services, principal, body),
    handle: async ({ tx, body, told }) => ({
      status: 200,
      body: await checkImport(services, tx, body, told),
    }),
  });

  routeAfterAsking(app, services, operations.createImport, {
    isNeeded: ({ body }) => body.check_creator,
    ask: ({ body, principal }) => askCreators(services, principal, body),
    handle: async ({ tx, body, principal, told: creators }) => {
      const created = await createImport(services, tx, { principal, body, creators });
      // Nothing is kept then. To agree is to publish, though the row waits for something else.
      if (created.goes_out > 0 || body.declarations.length > 0) requirePublishing(principal);
      return { status: 201, body: created };
    },
  });

  route(app, services, operations.exportPosts, async ({ tx, query }) => {
    const posts = await listPosts(tx, {
      limit: query.limit + 1,
      after: cursors.read(query.cursor),
      state: query.state,
      accountId: query.account_id,
      publishFrom: toDate(query.publish_from ?? null) ?? undefined,
      publishTo: toDate(query.publish_to ?? null) ?? undefined,
    });
    const page = cursors.page(posts, query.limit, positionOf, (post) => post);
    const rows = await toImportRows(tx, page.items, services.clock.now());
    const isCsv = query.format === 'csv';
    return {
      status: 200,
      body: {
        items: isCsv ? [] : rows,
        csv: isCsv ? writeCsv(rows) : null,
        next_cursor: page.next_cursor,
      },
    };
  });
}
