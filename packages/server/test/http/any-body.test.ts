import { randomUUID } from 'node:crypto';
import { operations, ProblemSchema } from '@greenroom/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MANY_REQUESTS } from '../support/many-requests.ts';
import { type HttpServer, startHttpServer } from './support/http-server.ts';

// Whatever is sent to any operation: an answer below 500 that says what is wrong, or one that did what was asked.

let server: HttpServer;
beforeAll(async () => {
  server = await startHttpServer({
    env: MANY_REQUESTS,
  });
});
afterAll(() => server[Symbol.asyncDispose]());

const takesBody = Object.values(operations).flatMap((operation) =>
  'body' in operation && operation.body !== undefined ? [operation] : [],
);

/** Values that fit somewhere, nearly fit, or fit nowhere. */
const value = fc.oneof(
  { arbitrary: fc.jsonValue({ maxDepth: 3 }), weight: 1 },
  {
    arbitrary: fc.constantFrom(
      ...['', ' ', '\u0000', 'ab\u0000c', '\ud800', '🌅'.repeat(3_000), 'x'.repeat(50_000)],
      ...[
        '2027-02-30T25:61:00Z',
        '+275760-09-13T00:00:00.001Z',
        '0000-01-01T00:00:00Z',
        'Mars/Base',
      ],
      ...['../../etc/passwd', 'http://[::1]:22/', "'; drop table posts; --", '-1', '9'.repeat(40)],
      ...[randomUUID(), '00000000-0000-0000-0000-00000000000g', 'DIRECT_POST', 'SELF_ONLY'],
      ...[0, -1, 1e308, 2 ** 53, 2 ** 31, 0.1],
      ...[null, true, false],
      ...[[], [null], {}, { __proto__: null, constructor: 1 }, [[[[]]]], [randomUUID()], [{}]],
    ),
    weight: 3,
  },
);

test.each(takesBody.map((operation) => ({ name: operation.id, operation })))(
  '$name',
  { timeout: 60_000 },
  async ({ operation: { body: schema, method, path } }) => {
    const names = 'shape' in schema ? Object.keys(schema.shape) : [];
    const body = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.dictionary(fc.constantFrom('unknown', ...names), value),
    );
    await fc.assert(
      fc.asyncProperty(body, async (content) => {
        const answer = await fetch(
          `${server.url}/api/v1${path.replaceAll(/\{\w+\}/g, randomUUID())}`,
          {
            method,
            headers: {
              authorization: `Bearer ${server.apiKey}`,
              'content-type': 'application/json',
              'idempotency-key': randomUUID(),
            },
            body: JSON.stringify(content),
          },
        );
        const text = await answer.text();
        expect(answer.status, text).toBeLessThan(500);
        if (!answer.ok) ProblemSchema.parse(JSON.parse(text));
      }),
      { numRuns: 40 },
    );
  },
);
