import { API_BASE_PATH, operations } from '@greenroom/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type HttpServer, startHttpServer } from './support/http-server.ts';

let server: HttpServer;
beforeAll(async () => {
  server = await startHttpServer();
});
afterAll(() => server[Symbol.asyncDispose]());

test.each(Object.values(operations))('$id of the contract has its route', (operation) => {
  const url = `${API_BASE_PATH}${operation.path.replaceAll(/\{(\w+)\}/g, ':$1')}`;
  const found = server.app.knownRoutes.filter(
    (address) => address.url === url && address.method === operation.method,
  );
  expect(found).toEqual([{ url, method: operation.method, operationId: operation.id }]);
});

test('every route of the API is in the contract', () => {
  const strangers = server.app.knownRoutes.filter(
    ({ url, method, operationId }) =>
      url.startsWith('/api/') && operationId === undefined && method !== 'HEAD',
  );
  // What describes the API is not part of it; a stream that never ends is no answer of an operation; uploads
  // speak tus.
  expect(strangers.map(({ url }) => url)).toEqual([
    '/api/v1/openapi.json',
    '/api/docs',
    '/api/v1/events',
    '/api/v1/uploads',
    '/api/v1/uploads/:id',
    '/api/v1/uploads/:id',
  ]);
});

test('no route hides behind a method that nobody asks for', () => {
  const known = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);
  expect(server.app.knownRoutes.filter(({ method }) => !known.has(method))).toEqual([]);
});

test.each(Object.values(operations).filter(({ method }) => method === 'GET'))(
  'HEAD of $id answers as GET does, without a body',
  async (operation) => {
    const path = operation.path.replaceAll(/\{\w+\}/g, '0f6f4f0e-7c3e-4f43-9d59-2b8a1f3f6a10');
    const init = { headers: { authorization: `Bearer ${server.apiKey}` } };
    const url = `${server.url}${API_BASE_PATH}${path}`;
    const get = await fetch(url, init);
    const head = await fetch(url, { ...init, method: 'HEAD' });
    expect(head.status).toBe(get.status);
    expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'));
    expect(await head.text()).toBe('');
  },
);
